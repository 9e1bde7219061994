//! `run`: runs what is missing, tuning first, then writes the report.

mod job;
mod main_runs;
mod tuning_runs;

use std::path::Path;

use anyhow::Context as _;
use scheduler::Signals;
use store::SetAside;

use crate::arguments::RunArguments;
use crate::command::run::job::Job;
use crate::command::run::tuning_runs::Tuned;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::Sweep;
use crate::sweep::selection::Selection;

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
    let plan = &sweep.experiment.plan;
    let selection = Selection::new(&arguments.only, arguments.shard, plan)?;
    if selection.conditions(plan).is_empty() {
        say::note(format_args!("nothing selected: no planned run meets {}", selection.options()));
        return Ok(Exit::NothingSelected);
    }
    if arguments.dry_run {
        return super::plan::dry_run(arguments, &sweep, datasets);
    }
    set_damage_aside(&sweep)?;
    let signals = Signals::listen().context("cannot listen to signals")?;
    let job = Job { arguments, datasets, selection, signals };
    let lock = match job.tune(&mut sweep)? {
        Tuned::Ended(exit) => return Ok(exit),
        Tuned::Joined(lock) => Some(lock),
        Tuned::Untouched => None,
    };
    job.run(&sweep, lock)
}

/// Sets aside what is damaged, and says what.
fn set_damage_aside(sweep: &Sweep) -> Result<(), Failure> {
    let aside = sweep.folder.mend(&sweep.experiment.plan).map_err(Failure::usage)?;
    for SetAside { path, to, reason } in &aside {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let path = path.display();
        say::note(format_args!("damaged: {path}: {reason}; set aside as {name}"));
    }
    Ok(())
}
