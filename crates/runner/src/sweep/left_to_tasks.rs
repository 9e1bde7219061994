//! Runs that tasks of a cluster do, and nobody beside them.

use std::collections::HashSet;

use store::{SubmittedRun, SweepFolder};
use text::counted;

use crate::exit::Failure;
use crate::output::say;

/// Runs of tasks that Slurm still has, for somebody who types `run` beside them and is told. A file
/// system may keep locks to one machine, so that they are no protection from a task on another.
///
/// # Errors
/// [`Failure::Usage`] if what was submitted cannot be read.
pub fn left_to_tasks(folder: &SweepFolder) -> Result<HashSet<SubmittedRun>, Failure> {
    let submitted = folder.submissions().map_err(Failure::usage)?;
    if submitted.is_empty() {
        return Ok(HashSet::new());
    }
    let runs = cluster::runs_in_tasks(&submitted).unwrap_or_else(|error| {
        say::note(format_args!(
            "warning: whether tasks of a cluster are at work is not known, so that locks alone keep \
             runs apart: {error}"
        ));
        HashSet::new()
    });
    if !runs.is_empty() {
        let runs = counted(runs.len(), "run");
        let folder = text::shell(&folder.path().display().to_string());
        say::note(format_args!(
            "{runs} are in tasks that Slurm has, and left to them; `cancel {folder}` ends those"
        ));
    }
    Ok(runs)
}
