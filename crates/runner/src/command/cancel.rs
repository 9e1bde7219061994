//! `cancel`: ends what was submitted of a results folder.

use cluster::Slurm;

use crate::arguments::cluster::CancelArguments;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::output::table::plural;
use crate::sweep::opened::existing;

/// Ends every task that Slurm still has. What is at work saves its state.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or Slurm refuses.
pub fn run(arguments: &CancelArguments) -> Result<Exit, Failure> {
    let (sweep, _) = existing(&arguments.folder)?;
    let submitted = sweep.submissions().map_err(Failure::usage)?;
    let jobs: Vec<_> = submitted.iter().flat_map(|(_, it)| it.jobs()).collect();
    let slurm = Slurm::default();
    let states = slurm.tasks(&jobs).map_err(Failure::usage)?;
    let live: Vec<_> = states.iter().filter(|(_, state)| state.is_live()).collect();
    let is_live = |job: &&str| live.iter().any(|((of, _), _)| of == *job);
    let ended: Vec<_> = jobs.iter().copied().filter(is_live).collect();
    if ended.is_empty() {
        say::note(format_args!("nothing to cancel: Slurm has no task of it"));
        return Ok(Exit::Done);
    }
    slurm.cancel(&ended).map_err(Failure::usage)?;
    let tasks = plural(live.len(), "task");
    say::note(format_args!("{tasks} cancelled; what was at work saves its state"));
    Ok(Exit::Done)
}
