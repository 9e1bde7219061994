//! A part of a sweep is run: a worker process for each run, with the sweep's journal kept.

use std::process::Command;

use anyhow::Context as _;
use dashboard::Place;
use scheduler::{Limits, Policy, QueuedRun, Record, Scheduler, Tally};
use store::{Reach, StoreError, SweepEntryKind, SweepJournal};

use crate::exit::Failure;
use crate::output::progress::{Shown, run_shown};
use crate::output::say;
use crate::output::typed::command_line;
use crate::sweep::part::Part;
use crate::sweep::session::Session;
use crate::sweep::tracking::tracked;
use crate::threads::{compute_with, have_processors};

/// Runs what is left of `part`, `total` runs in its first phase.
///
/// # Errors
/// [`Failure::Usage`] if the journal cannot be opened, [`Failure::Internal`] if no worker
/// can be started or a run folder cannot be read.
pub fn work(
    session: &Session,
    place: Option<Place>,
    part: &mut Part,
    total: usize,
) -> Result<Tally, Failure> {
    let Session { arguments, datasets, signals, control, .. } = session;
    let Part { sweep, runs, phases, .. } = part;
    let plan = &sweep.experiment.plan;
    let program = std::env::current_exe().context("cannot find this program")?;
    let threads = arguments.threads_per_run;
    let jobs = control.jobs();
    // One thread has no second that it could wake on its own processor.
    let binds = !arguments.no_binding && threads > 1 && have_processors(jobs, threads);
    let launch = |run: &QueuedRun| -> Result<Command, StoreError> {
        let planned = &runs[run.index];
        let config = &plan.conditions[planned.condition].config;
        run.folder.write_config(config)?;
        let mut command = Command::new(&program);
        compute_with(&mut command, threads)
            .arg("worker")
            .arg(run.folder.path())
            .args(["--seed", &planned.seed.to_string()])
            .args(["--command", &command_line()])
            .args(["--checkpoint-every", &format!("{}s", arguments.checkpoint_every.as_secs_f64())])
            .arg("--datasets")
            .arg(datasets)
            // Burn reads an optimizer's state back on its default device, which is a GPU unless
            // it is told otherwise: a run on the processor would wait for one when it goes on.
            .env("BURN_DEVICE", &config.backend);
        if !plan.keep.is_none() {
            command.args(["--keep", plan.keep.word()]);
        }
        if let Some(probes) = plan.probes {
            command.args(["--probes", &probes.to_string()]);
        }
        // A GPU's driver brings threads of its own, which need more than these processors.
        if binds && matches!(config.backend.as_str(), "flex" | "ndarray") {
            command.args(["--bind", &threads.to_string()]);
        }
        match run.reach {
            Reach::End => &mut command,
            Reach::UpTo(step) => command.args(["--up-to", &step.to_string()]),
            Reach::StoppedAt(step) => command.args(["--stopped-at", &step.to_string()]),
        };
        Ok(command)
    };
    let scheduler = Scheduler {
        control,
        limits: Limits {
            timeout: arguments.timeout,
            memory: arguments.memory_limit,
            ..Limits::default()
        },
        policy: Policy { retries: arguments.retries, max_failures: session.failures_left() },
        signals: signals.clone(),
        launch: &launch,
    };

    let can_have_more =
        plan.rounds.is_none() && plan.seeds.iter().copied().eq(0..plan.seeds.len() as u64);
    let seeds = can_have_more.then_some(plan.seeds.len());
    control.follow(&sweep.folder, seeds).map_err(Failure::usage)?;
    let journal = SweepJournal::open(sweep.folder.path()).map_err(Failure::usage)?;
    let mut record = Record::new(journal);
    let command = command_line();
    record.append(SweepEntryKind::Started { command, jobs, runs: total });
    let shown = Shown { progress: arguments.progress, is_left: &session.is_dashboard_left, place };
    let tally = tracked(arguments, &sweep.folder, || {
        run_shown(&scheduler, phases, total, sweep, &shown, &mut record)
    });
    if let Ok(Tally { finished, failed, paused, left }) = tally {
        session.count_failures(failed);
        let reason = (scheduler.signals.stops() > 0).then(|| "a signal".to_owned());
        let left = left + paused;
        record.append(SweepEntryKind::Stopped { finished, failed, left, reason });
    }
    if let Some(error) = record.error {
        say::note(format_args!("warning: the journal is not complete: {error}"));
    }
    tally
}
