//! One experiment of `run`: what its tuning and its main runs share.

use dashboard::Place;
use scheduler::{QueuedRun, Tally};

use crate::estimate::outlook::announce;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::command_line;
use crate::sweep::part::Part;
use crate::sweep::selection::Selection;
use crate::sweep::session::Session;
use crate::sweep::work::work;

/// One experiment of those that `run` was asked for.
pub struct Job<'a> {
    pub session: &'a Session<'a>,
    pub selection: Selection,
    /// Among several experiments.
    pub place: Option<Place>,
}

impl Job<'_> {
    /// Does a queue of runs.
    pub fn work(&self, part: &mut Part, queue: &[QueuedRun]) -> Result<Tally, Failure> {
        let jobs = self.session.control.jobs();
        let folders = queue.iter().map(|run| run.folder.path()).collect();
        // Whoever submitted a task was told.
        if !self.selection.is_task() {
            announce(&part.sweep.experiment.plan, &part.sweep.folder, jobs, &folders)?;
        }
        work(self.session, self.place, part, queue.len())
    }

    /// How the command ends if the user stopped it.
    pub fn stopped(&self) -> Option<Exit> {
        if self.session.signals.stops() == 0 {
            return None;
        }
        say::note(format_args!("stopped with the state saved; to go on:"));
        say::note(format_args!("  {}", command_line()));
        let is_termination = self.session.signals.is_termination();
        Some(if is_termination { Exit::Terminated } else { Exit::Interrupted })
    }
}

/// Says that runs are left, and how the command ends then.
pub fn say_what_is_left(tally: Tally) -> Exit {
    let Tally { paused, left, .. } = tally;
    say::note(format_args!("{} runs are not finished; to go on:", paused + left));
    say::note(format_args!("  {}", command_line()));
    Exit::Left
}
