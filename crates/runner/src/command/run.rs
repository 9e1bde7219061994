//! `run`: runs what is missing, then writes the report.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use dashboard::Owner;
use store::{RunState, SweepFolder};

use crate::arguments::{Progress, Rerun, RunArguments};
use crate::exit::{Exit, Failure};
use crate::plain::PlainProgress;
use crate::scheduler::{Scheduler, Tally};
use crate::selection::select;
use crate::signals::StopRequests;
use crate::sweep::{PlannedRun, Sweep};

/// Runs what is missing of an experiment.
///
/// # Errors
/// [`Failure::Usage`] before anything is written or run, [`Failure::Internal`] after.
pub fn run(arguments: &RunArguments, datasets: &Path) -> Result<Exit, Failure> {
    let sweep = Sweep::open(&arguments.experiment, datasets)?;
    let plan = &sweep.experiment.plan;
    let selected = select(sweep.runs()?, &arguments.only, plan)?;
    if selected.is_empty() {
        anstream::eprintln!("nothing selected: no planned run meets --only");
        return Ok(Exit::NothingSelected);
    }
    for warning in &sweep.experiment.warnings {
        anstream::eprintln!("warning: {warning}");
    }
    let rerun_failed = arguments.rerun == Some(Rerun::Failed);
    let to_run = |run: &PlannedRun| match run.state {
        RunState::Missing | RunState::Stopped => true,
        RunState::Failed { .. } => rerun_failed,
        RunState::Running | RunState::Finished(_) => false,
    };
    let count =
        |test: fn(&RunState) -> bool| selected.iter().filter(|run| test(&run.state)).count();
    let finished = count(|state| matches!(state, RunState::Finished(_)));
    let failed = count(|state| matches!(state, RunState::Failed { .. }));
    let todo: Vec<_> = selected.iter().filter(|run| to_run(run)).cloned().collect();

    if arguments.dry_run {
        anstream::print!("{}", super::plan::text(&sweep)?);
        return Ok(Exit::Done);
    }

    let backends: BTreeSet<_> =
        todo.iter().map(|run| &plan.conditions[run.condition].config.backend).collect();
    for backend in backends {
        training::device(backend).map_err(Failure::usage)?;
    }

    let _lock = sweep.folder.lock().map_err(|error| {
        Failure::usage(format!("{error}: is another run of this experiment under way?"))
    })?;
    sweep.folder.write_plan(plan, &sweep.text).map_err(Failure::usage)?;

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
    let stop = StopRequests::listen()?;
    let scheduler = Scheduler {
        program: std::env::current_exe().context("cannot find this program")?,
        jobs: arguments.jobs.map_or_else(cores, usize::from),
        datasets: datasets.into(),
        command: command_line(),
        stop: stop.clone(),
    };
    let tally = run_shown(&scheduler, todo, &sweep, arguments.progress)?;
    if stop.count() > 0 {
        anstream::eprintln!("stopped with the state saved; to go on:\n  {}", command_line());
        return Ok(stop.exit());
    }
    write_report(&sweep.folder)?;
    let failed = if rerun_failed { tally.failed } else { tally.failed + failed };
    if failed > 0 {
        anstream::eprintln!("{failed} failed; --rerun failed runs them again");
        return Ok(Exit::RunFailed);
    }
    Ok(Exit::Done)
}

/// Runs with the dashboard or plain lines.
fn run_shown(
    scheduler: &Scheduler,
    todo: Vec<PlannedRun>,
    sweep: &Sweep,
    progress: Progress,
) -> Result<Tally, Failure> {
    let plan = &sweep.experiment.plan;
    let on_dashboard = match progress {
        Progress::Auto => is_interactive(),
        Progress::Tui => true,
        Progress::Plain | Progress::None => false,
    };
    let silent = Arc::new(AtomicBool::new(on_dashboard || progress == Progress::None));
    let mut plain = PlainProgress::new(todo.len(), silent.clone());
    if !on_dashboard {
        return Ok(scheduler.run(todo, plan, &mut plain).context("the sweep stopped")?);
    }
    std::thread::scope(|scope| {
        let work = scope.spawn(move || scheduler.run(todo, plan, &mut plain));
        let shown = dashboard::show(&sweep.folder, Owner::Runner, &|| work.is_finished());
        silent.store(false, Ordering::SeqCst);
        match shown {
            Ok(dashboard::Exit::Over) => {}
            Ok(dashboard::Exit::Left) => {
                anstream::eprintln!("the sweep goes on; Ctrl-C stops it with its state saved");
            }
            Ok(dashboard::Exit::Interrupted) => {
                scheduler.stop.interrupt();
                anstream::eprintln!("stopping: waiting for the runs to save their state");
            }
            Err(error) => anstream::eprintln!("no dashboard: {error}; the sweep goes on"),
        }
        match work.join() {
            Ok(tally) => Ok(tally.context("the sweep stopped")?),
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

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
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
