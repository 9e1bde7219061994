//! How `run` shows what happens: the dashboard, JSON lines or plain lines.

use std::cell::Cell;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use dashboard::{Owner, Place};
use scheduler::{JsonProgress, Observer, Phases, Record, Scheduler, Tally};

use crate::arguments::Progress;
use crate::exit::Failure;
use crate::output::plain::PlainProgress;
use crate::output::say;
use crate::sweep::opened::Sweep;

/// How progress is shown.
pub struct Shown<'a> {
    /// What was asked for.
    pub progress: Progress,
    /// Whether the user has left the dashboard before, or leaves it now.
    pub is_left: &'a Cell<bool>,
    /// The experiment's place among several.
    pub place: Option<Place>,
}

/// Runs `phases`, of which `total` runs are to be done, and shows it.
///
/// # Errors
/// [`Failure::Internal`] if no worker can be started, or a run folder cannot be read.
pub fn run_shown(
    scheduler: &Scheduler,
    phases: &mut Phases,
    total: usize,
    sweep: &Sweep,
    shown: &Shown,
    record: &mut Record,
) -> Result<Tally, Failure> {
    let run = |phases: &mut Phases, record: &mut Record, shown: &mut (dyn Observer + Send)| {
        scheduler.run_phases(phases, &mut (record, shown)).context("the sweep stopped")
    };
    let &Shown { progress, is_left, place } = shown;
    if progress == Progress::Json {
        let mut json = JsonProgress::new(std::io::stdout(), sweep.folder.path(), total);
        let tally = run(phases, record, &mut json)?;
        json.end(tally);
        return Ok(tally);
    }
    let on_dashboard = is_dashboard(progress) && !is_left.get();
    let silent = Arc::new(AtomicBool::new(on_dashboard || progress == Progress::None));
    let mut plain = PlainProgress::new(total, silent.clone());
    if !on_dashboard {
        return Ok(run(phases, record, &mut plain)?);
    }
    std::thread::scope(|scope| {
        let work = scope.spawn(|| run(phases, record, &mut plain));
        let is_over = || work.is_finished() || scheduler.signals.is_hung_up();
        let shown =
            dashboard::show(std::slice::from_ref(&sweep.folder), Owner::Runner, place, &is_over);
        silent.store(false, Ordering::SeqCst);
        match shown {
            Ok(dashboard::Exit::Over) => {}
            Ok(dashboard::Exit::Left) => {
                is_left.set(true);
                say::note(format_args!("the sweep goes on; Ctrl-C stops it with its state saved"));
            }
            Ok(dashboard::Exit::Interrupted) => {
                scheduler.signals.interrupt();
                say::note(format_args!("stopping: waiting for the runs to save their state"));
            }
            Err(error) => say::note(format_args!("no dashboard: {error}; the sweep goes on")),
        }
        match work.join() {
            Ok(tally) => Ok(tally?),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

/// Whether a dashboard can be shown to a person.
/// Whether this is shown on the dashboard.
pub fn is_dashboard(progress: Progress) -> bool {
    match progress {
        Progress::Auto => is_interactive(),
        Progress::Tui => true,
        Progress::Plain | Progress::Json | Progress::None => false,
    }
}

fn is_interactive() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    std::io::stdout().is_terminal()
        && std::io::stdin().is_terminal()
        && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
        && !set("CI")
}
