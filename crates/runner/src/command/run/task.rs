//! `run` as a task of a job array that `submit` handed to Slurm.

use cluster::slurm;

use crate::arguments::cluster::TaskPlace;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::Sweep;
use crate::sweep::selection::Selection;
use crate::sweep::session::Session;

/// How often a task is put back into the queue at its time limit: one that gets nowhere is not to
/// go on for ever.
const REQUEUES: u32 = 100;

/// The runs of a task.
///
/// # Errors
/// [`Failure::Usage`] if it is not there, or the experiment has changed since.
pub fn selection(place: TaskPlace, sweep: &Sweep) -> Result<Selection, Failure> {
    let TaskPlace { submission: number, stage, task } = place;
    let submission = sweep.folder.submission(number).map_err(Failure::usage)?;
    let runs = submission.as_ref().and_then(|it| it.stages.get(stage)?.tasks.get(task));
    let (Some(submission), Some(runs)) = (&submission, runs) else {
        let folder = sweep.folder.path().display();
        let place = format!("{number}/{stage}/{task}");
        return Err(Failure::usage(format!("{folder} holds no submitted task {place}")));
    };
    if submission.experiment != sweep.digest() {
        return Err(Failure::usage(
            "the experiment file was changed since this was submitted; `cancel` it and `submit` it again",
        ));
    }
    Ok(Selection::of_task(runs.clone()))
}

/// How a task ends: told that its time is up, it goes back into the queue; what others still have
/// to do is no failure of it.
///
/// # Errors
/// [`Failure::Usage`] if Slurm refuses to take it back.
pub fn ended(session: &Session, exit: Exit) -> Result<Exit, Failure> {
    match exit {
        Exit::Left | Exit::NothingSelected => Ok(Exit::Done),
        Exit::Terminated if session.signals.is_time_up() => requeued(exit),
        exit => Ok(exit),
    }
}

fn requeued(exit: Exit) -> Result<Exit, Failure> {
    let Ok(job) = std::env::var("SLURM_JOB_ID") else { return Ok(exit) };
    let before = std::env::var("SLURM_RESTART_COUNT").ok();
    let before = before.and_then(|count| count.parse().ok()).unwrap_or(0);
    if before >= REQUEUES {
        return Err(Failure::usage(format!(
            "its time was up {before} times; give its tasks more --time, and `submit` again"
        )));
    }
    say::note(format_args!("its time is up; it goes on when Slurm has room again"));
    slurm::requeue(&job).map_err(Failure::usage)?;
    Ok(exit)
}
