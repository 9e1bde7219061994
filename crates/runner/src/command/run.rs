//! `run`: runs what is missing, then writes the report.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use dashboard::Owner;
use scheduler::{
    JsonProgress, Limits, Observer, Policy, QueuedRun, Record, Scheduler, Signals, Tally,
};
use store::{Plan, RunState, StoreError, SweepEntryKind, SweepFolder, SweepJournal};

use crate::arguments::{Progress, Rerun, RunArguments, Stale};
use crate::exit::{Exit, Failure};
use crate::plain::PlainProgress;
use crate::selection::select;
use crate::sweep::{PlannedRun, Sweep};
use crate::tuning;

/// Runs what is missing of an experiment.
///
/// # Errors
/// [`Failure::Usage`] before anything is written or run, [`Failure::Internal`] after.
pub fn run(arguments: &RunArguments, datasets: &Path) -> Result<Exit, Failure> {
    if arguments.memory_limit.is_some() && scheduler::peak_memory().is_none() {
        let text = "--memory-limit: this system does not say how much memory a process holds";
        return Err(Failure::usage(text));
    }
    let mut sweep = Sweep::open(&arguments.experiment, datasets)?;
    if sweep.experiment.plan.halving.is_some() && !arguments.dry_run {
        let text = "[halving] can be planned and not yet be run: `plan` shows what it would do";
        return Err(Failure::usage(text));
    }
    // A word that names nothing is said before tuning begins.
    select(Vec::new(), &arguments.only, &sweep.experiment.plan)?;
    let signals = Signals::listen().context("cannot listen to signals")?;
    if !arguments.dry_run
        && let Some(exit) = tune(arguments, datasets, &signals, &mut sweep)?
    {
        return Ok(exit);
    }
    let plan = &sweep.experiment.plan;
    let mut selected = select(sweep.runs()?, &arguments.only, plan)?;
    if let Some(shard) = arguments.shard {
        selected.retain(|run| shard.holds(run.position));
    }
    if selected.is_empty() {
        let what = if arguments.shard.is_some() { "--only and --shard" } else { "--only" };
        anstream::eprintln!("nothing selected: no planned run meets {what}");
        return Ok(Exit::NothingSelected);
    }
    for warning in &sweep.experiment.warnings {
        anstream::eprintln!("warning: {warning}");
    }
    let rerun_failed = arguments.rerun == Some(Rerun::Failed);
    let rerun_stale = arguments.stale == Stale::Rerun;
    say_what_is_stale(&selected, arguments.stale)?;
    let count =
        |test: fn(&RunState) -> bool| selected.iter().filter(|run| test(&run.state)).count();
    let finished = count(|state| matches!(state, RunState::Finished(_)));
    let failed = count(|state| matches!(state, RunState::Failed { .. }));
    let todo = to_do(&selected, rerun_failed, rerun_stale);

    if arguments.dry_run {
        anstream::print!("{}", super::plan::text(&sweep)?);
        return Ok(Exit::Done);
    }

    check_backends(plan, &todo)?;
    let _lock = sweep.join()?;

    if todo.is_empty() {
        anstream::eprintln!("nothing to do: {finished} of {} runs are finished", selected.len());
        if failed > 0 {
            anstream::eprintln!("{failed} failed; --rerun failed runs them again");
        }
        write_report(&sweep.folder)?;
        return Ok(if failed > 0 { Exit::RunFailed } else { Exit::Done });
    }
    anstream::eprintln!(
        "{}: {} runs to do, {finished} finished already",
        plan.experiment,
        todo.len()
    );
    let tally = work(arguments, datasets, &signals, &sweep, &todo)?;
    if let Some(exit) = stopped(&signals) {
        return Ok(exit);
    }
    if arguments.progress == Progress::Json {
        // Standard output is for the lines alone.
        report::write(&sweep.folder, &report::Options::default())
            .context("cannot write the report")?;
    } else {
        write_report(&sweep.folder)?;
    }
    let failed = if rerun_failed { tally.failed } else { tally.failed + failed };
    if failed > 0 {
        anstream::eprintln!("{failed} failed; --rerun failed runs them again");
        return Ok(Exit::RunFailed);
    }
    if tally.left > 0 {
        anstream::eprintln!(
            "{} runs are not finished; to go on:\n  {}",
            tally.left,
            command_line()
        );
        return Ok(Exit::Left);
    }
    Ok(Exit::Done)
}

/// Does the tuning runs that the main runs wait for, then plans those. `Some` if the main
/// runs cannot follow.
fn tune(
    arguments: &RunArguments,
    datasets: &Path,
    signals: &Signals,
    sweep: &mut Sweep,
) -> Result<Option<Exit>, Failure> {
    let Some((view, runs)) = tuning::waiting(sweep)? else { return Ok(None) };
    let todo = to_do(&runs, arguments.rerun == Some(Rerun::Failed), false);
    check_backends(&view.experiment.plan, &todo)?;
    let lock = sweep.join()?;
    if !todo.is_empty() {
        let (all, name) = (runs.len(), &view.experiment.plan.experiment);
        anstream::eprintln!("{name}: {} of {all} tuning runs to do", todo.len());
        work(arguments, datasets, signals, &view, &todo)?;
        if let Some(exit) = stopped(signals) {
            return Ok(Some(exit));
        }
    }
    drop(lock);
    tuning::settle(&mut sweep.experiment, &sweep.folder)?;
    if sweep.experiment.plan.is_settled() {
        return Ok(None);
    }
    anstream::eprintln!(
        "tuning is not finished, so the main runs are not known; --rerun failed runs again what \
         failed"
    );
    Ok(Some(Exit::RunFailed))
}

/// The runs that are not finished, failed ones only if they are asked for.
fn to_do(runs: &[PlannedRun], rerun_failed: bool, rerun_stale: bool) -> Vec<PlannedRun> {
    let is_left = |run: &&PlannedRun| match run.state {
        // One that another runner has may still come back to us.
        RunState::Missing | RunState::Stopped | RunState::Running => true,
        RunState::Failed { .. } => rerun_failed,
        RunState::Finished(_) => rerun_stale && run.stale.is_some(),
    };
    runs.iter().filter(is_left).cloned().collect()
}

/// Refuses a backend without a device before anything is written.
fn check_backends(plan: &Plan, todo: &[PlannedRun]) -> Result<(), Failure> {
    let backends: BTreeSet<_> =
        todo.iter().map(|run| &plan.conditions[run.condition].config.backend).collect();
    for backend in backends {
        training::device(backend).map_err(Failure::usage)?;
    }
    Ok(())
}

/// How the command ends if the user stopped it.
fn stopped(signals: &Signals) -> Option<Exit> {
    if signals.stops() == 0 {
        return None;
    }
    anstream::eprintln!("stopped with the state saved; to go on:\n  {}", command_line());
    Some(if signals.is_termination() { Exit::Terminated } else { Exit::Interrupted })
}

/// Runs all of `todo`.
fn work(
    arguments: &RunArguments,
    datasets: &Path,
    signals: &Signals,
    sweep: &Sweep,
    todo: &[PlannedRun],
) -> Result<Tally, Failure> {
    let plan = &sweep.experiment.plan;
    let rerun_stale = arguments.stale == Stale::Rerun;
    let queue = todo.iter().enumerate().map(|(index, run)| QueuedRun {
        rerun_failed: arguments.rerun == Some(Rerun::Failed),
        replace: rerun_stale.then(|| run.current.clone()),
        ..run.queued(index)
    });
    let program = std::env::current_exe().context("cannot find this program")?;
    let threads = usize::from(arguments.threads_per_run);
    let launch = |run: &QueuedRun| -> Result<Command, StoreError> {
        let planned = &todo[run.index];
        let config = &plan.conditions[planned.condition].config;
        run.folder.write_config(config)?;
        let mut command = Command::new(&program);
        command
            .arg("worker")
            .arg(run.folder.path())
            .args(["--seed", &planned.seed.to_string()])
            .args(["--command", &command_line()])
            .args(["--checkpoint-every", &format!("{}s", arguments.checkpoint_every.as_secs_f64())])
            .arg("--datasets")
            .arg(datasets)
            // One thread a run by default: many small runs use the cores better than one can.
            .env("RAYON_NUM_THREADS", threads.to_string())
            // Burn reads an optimizer's state back on its default device, which is a GPU unless
            // it is told otherwise: a run on the processor would wait for one when it goes on.
            .env("BURN_DEVICE", &config.backend)
            // Every step needs the memory of the step before again
            // (docs/design/why-mimalloc.md).
            .env("MIMALLOC_PURGE_DELAY", "-1");
        Ok(command)
    };
    let max_failures = if arguments.fail_fast { Some(1) } else { arguments.max_failures };
    let scheduler = Scheduler {
        jobs: arguments
            .jobs
            .map_or_else(|| (bench::machine::cores() / threads).max(1), usize::from),
        limits: Limits {
            timeout: arguments.timeout,
            memory: arguments.memory_limit,
            ..Limits::default()
        },
        policy: Policy {
            retries: arguments.retries,
            max_failures: max_failures.map(|most| most as usize),
        },
        signals: signals.clone(),
        launch: &launch,
    };
    run_recorded(&scheduler, queue.collect(), sweep, arguments.progress)
}

/// Says which runs other code or data computed, or refuses them.
fn say_what_is_stale(selected: &[PlannedRun], choice: Stale) -> Result<(), Failure> {
    let stale: Vec<_> = selected.iter().filter_map(|run| Some((&run.label, run.stale?))).collect();
    let Some((label, what)) = stale.first() else { return Ok(()) };
    let text = format!("{} runs are stale, such as {label}: {what}", stale.len());
    match choice {
        Stale::Error => Err(Failure::usage(format!("{text}; --stale rerun computes them anew"))),
        Stale::Keep => {
            anstream::eprintln!("{text}; they are kept, --stale rerun computes them anew");
            Ok(())
        }
        Stale::Rerun => {
            anstream::eprintln!("{text}; they are set aside and computed anew");
            Ok(())
        }
    }
}

/// Runs with the sweep's journal kept.
fn run_recorded(
    scheduler: &Scheduler,
    queue: Vec<QueuedRun>,
    sweep: &Sweep,
    progress: Progress,
) -> Result<Tally, Failure> {
    let journal = SweepJournal::open(sweep.folder.path()).map_err(Failure::usage)?;
    let mut record = Record::new(journal);
    let (command, jobs, runs) = (command_line(), scheduler.jobs, queue.len());
    record.append(SweepEntryKind::Started { command, jobs, runs });
    let tally = run_shown(scheduler, queue, sweep, progress, &mut record);
    if let Ok(Tally { finished, failed, left, .. }) = tally {
        let reason = (scheduler.signals.stops() > 0).then(|| "a signal".to_owned());
        record.append(SweepEntryKind::Stopped { finished, failed, left, reason });
    }
    if let Some(error) = record.error {
        anstream::eprintln!("warning: the journal is not complete: {error}");
    }
    tally
}

/// Runs with the dashboard, JSON lines or plain lines.
fn run_shown(
    scheduler: &Scheduler,
    queue: Vec<QueuedRun>,
    sweep: &Sweep,
    progress: Progress,
    record: &mut Record,
) -> Result<Tally, Failure> {
    let run = |queue, record: &mut Record, shown: &mut (dyn Observer + Send)| {
        scheduler.run(queue, &mut (record, shown)).context("the sweep stopped")
    };
    if progress == Progress::Json {
        let mut json = JsonProgress::new(std::io::stdout(), queue.len());
        let tally = run(queue, record, &mut json)?;
        json.end(tally);
        return Ok(tally);
    }
    let on_dashboard = match progress {
        Progress::Auto => is_interactive(),
        Progress::Tui => true,
        Progress::Plain | Progress::Json | Progress::None => false,
    };
    let silent = Arc::new(AtomicBool::new(on_dashboard || progress == Progress::None));
    let mut plain = PlainProgress::new(queue.len(), silent.clone());
    if !on_dashboard {
        return Ok(run(queue, record, &mut plain)?);
    }
    std::thread::scope(|scope| {
        let work = scope.spawn(|| run(queue, record, &mut plain));
        let is_over = || work.is_finished() || scheduler.signals.is_hung_up();
        let shown = dashboard::show(&sweep.folder, Owner::Runner, &is_over);
        silent.store(false, Ordering::SeqCst);
        match shown {
            Ok(dashboard::Exit::Over) => {}
            Ok(dashboard::Exit::Left) => {
                anstream::eprintln!("the sweep goes on; Ctrl-C stops it with its state saved");
            }
            Ok(dashboard::Exit::Interrupted) => {
                scheduler.signals.interrupt();
                anstream::eprintln!("stopping: waiting for the runs to save their state");
            }
            Err(error) => anstream::eprintln!("no dashboard: {error}; the sweep goes on"),
        }
        match work.join() {
            Ok(tally) => Ok(tally?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Whether a dashboard can be shown to a person.
fn is_interactive() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && std::io::stdin().is_terminal()
        && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
        && !set("CI")
}

/// The command as it was typed, to be typed again.
fn command_line() -> String {
    let quoted = std::env::args().skip(1).map(|argument| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./,:+@".contains(c);
        if !argument.is_empty() && argument.chars().all(plain) {
            argument
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    let arguments: Vec<_> = quoted.collect();
    format!("cargo run -p runner -- {}", arguments.join(" "))
}

/// Writes the report and prints its table and where it is.
fn write_report(folder: &SweepFolder) -> Result<(), Failure> {
    let report = report::build(folder).context("cannot read the results")?;
    let written =
        report::write(folder, &report::Options::default()).context("cannot write the report")?;
    anstream::println!("{}", report::table(&report).trim_end());
    for path in written.paths {
        if path.extension().is_some_and(|ending| ending == "md" || ending == "html") {
            anstream::eprintln!("report: {}", path.display());
        }
    }
    Ok(())
}
