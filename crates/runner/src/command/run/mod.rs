//! `run`: of one experiment after the other what is missing, tuning first, then its report.

mod detach;
mod given;
mod job;
mod main_runs;
mod queue;
mod task;
mod tuning_runs;

use std::path::Path;

use anyhow::Context as _;
use scheduler::Signals;

use crate::arguments::RunArguments;
use crate::exit::{Exit, Failure};
use crate::sweep::session::Session;

/// Runs what is missing of experiments.
///
/// # Errors
/// [`Failure::Usage`] before anything is written or run, [`Failure::Internal`] after.
pub fn run(arguments: &RunArguments, datasets: &Path) -> Result<Exit, Failure> {
    if arguments.memory_limit.is_some() && scheduler::peak_memory().is_none() {
        let text = "--memory-limit: this system does not say how much memory a process holds";
        return Err(Failure::usage(text));
    }
    let queue = queue::open(arguments, datasets)?;
    if arguments.dry_run {
        return queue::dry_run(arguments, &queue, datasets);
    }
    if arguments.detach {
        return queue.first().map_or(Ok(Exit::Done), |sweep| detach::detach(arguments, sweep));
    }
    let signals = Signals::listen().context("cannot listen to signals")?;
    let session = Session::new(arguments, datasets, signals);
    let exit = queue::run(&session, queue)?;
    if arguments.task.is_some() { task::ended(&session, exit) } else { Ok(exit) }
}
