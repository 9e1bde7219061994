//! `cancel`: ends what was submitted of a results folder.

use text::counted;

use crate::arguments::cluster::CancelArguments;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::existing;

/// Ends every task that Slurm still has. What is at work saves its state.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or Slurm refuses.
pub fn run(arguments: &CancelArguments) -> Result<Exit, Failure> {
    let (sweep, _) = existing(&arguments.folder)?;
    let submitted = sweep.submissions().map_err(Failure::usage)?;
    match cluster::cancel(&submitted).map_err(Failure::usage)? {
        0 => say::note(format_args!("nothing to cancel: Slurm has no task of it")),
        tasks => {
            let tasks = counted(tasks, "task");
            say::note(format_args!("{tasks} cancelled; what was at work saves its state"));
        }
    }
    Ok(Exit::Done)
}
