//! Runs that tasks of a cluster do, and nobody beside them.

use std::collections::HashSet;

use cluster::{ClusterError, Slurm, TaskState};
use store::{Submission, SubmittedRun, SweepFolder};

use crate::exit::Failure;
use crate::output::say;
use crate::output::table::plural;

/// Runs of tasks that Slurm still has.
///
/// # Errors
/// [`ClusterError`] if Slurm cannot be asked.
pub fn in_tasks(submitted: &[(u32, Submission)]) -> Result<HashSet<SubmittedRun>, ClusterError> {
    let jobs: Vec<_> = submitted.iter().flat_map(|(_, it)| it.jobs()).collect();
    let states = Slurm::default().tasks(&jobs)?;
    let mut runs = HashSet::new();
    for stage in submitted.iter().flat_map(|(_, it)| &it.stages) {
        for (task, of_task) in stage.tasks.iter().enumerate() {
            let state = states.get(&(stage.job.clone(), task));
            if state.is_some_and(TaskState::is_live) {
                runs.extend(of_task.iter().copied());
            }
        }
    }
    Ok(runs)
}

/// The same for somebody who types `run` beside them, who is told. A file system may keep locks to one
/// machine, so that they are no protection from a task on another.
///
/// # Errors
/// [`Failure::Usage`] if what was submitted cannot be read.
pub fn left_to_tasks(folder: &SweepFolder) -> Result<HashSet<SubmittedRun>, Failure> {
    let submitted = folder.submissions().map_err(Failure::usage)?;
    if submitted.is_empty() {
        return Ok(HashSet::new());
    }
    let runs = in_tasks(&submitted).unwrap_or_else(|error| {
        say::note(format_args!(
            "warning: whether tasks of a cluster are at work is not known, so that locks alone keep \
             runs apart: {error}"
        ));
        HashSet::new()
    });
    if !runs.is_empty() {
        let runs = plural(runs.len(), "run");
        let folder = text::shell(&folder.path().display().to_string());
        say::note(format_args!(
            "{runs} are in tasks that Slurm has, and left to them; `cancel {folder}` ends those"
        ));
    }
    Ok(runs)
}
