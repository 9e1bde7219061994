//! What `run` was asked for, and what tuning and main runs share.

use std::path::Path;

use scheduler::{QueuedRun, Signals, Tally};

use crate::arguments::RunArguments;
use crate::estimate::outlook::announce;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::typed::command_line;
use crate::sweep::part::Part;
use crate::sweep::selection::Selection;
use crate::sweep::work::work;
use crate::threads::jobs;

/// What `run` was asked for.
pub struct Job<'a> {
    pub arguments: &'a RunArguments,
    pub datasets: &'a Path,
    pub selection: Selection,
    pub signals: Signals,
}

impl Job<'_> {
    /// Does a queue of runs.
    pub fn work(&self, part: &mut Part, queue: &[QueuedRun]) -> Result<Tally, Failure> {
        let jobs = jobs(self.arguments.jobs, self.arguments.threads_per_run);
        let folders = queue.iter().map(|run| run.folder.path()).collect();
        announce(&part.sweep.experiment.plan, &part.sweep.folder, jobs, &folders)?;
        work(self.arguments, self.datasets, &self.signals, part, queue.len())
    }

    /// How the command ends if the user stopped it.
    pub fn stopped(&self) -> Option<Exit> {
        if self.signals.stops() == 0 {
            return None;
        }
        say::note(format_args!("stopped with the state saved; to go on:"));
        say::note(format_args!("  {}", command_line()));
        let is_termination = self.signals.is_termination();
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
