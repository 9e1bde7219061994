//! Where what was submitted of a sweep is, for `status` and the dashboard.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::PathBuf;

use serde::Serialize;
use store::{StoreError, Submission, SubmittedRun, SubmittedStage, SweepFolder};
use text::counted;

use crate::slurm::{self, Tasks};
use crate::{ClusterError, TaskState};

/// Where Slurm has the tasks of what was submitted.
fn tasks_of(submitted: &[(u32, Submission)]) -> Result<Tasks, ClusterError> {
    let jobs: Vec<_> = submitted.iter().flat_map(|(_, it)| it.jobs()).collect();
    slurm::tasks(&jobs)
}

/// Every task of the arrays: of which submission and stage, its number, and its runs.
fn each_task(
    submitted: &[(u32, Submission)],
) -> impl Iterator<Item = (u32, &SubmittedStage, usize, &[SubmittedRun])> {
    submitted.iter().flat_map(|(number, submission)| {
        submission.stages.iter().flat_map(move |stage| {
            let tasks = stage.tasks.iter().enumerate();
            tasks.map(move |(task, runs)| (*number, stage, task, runs.as_slice()))
        })
    })
}

/// Runs of tasks that Slurm still has.
///
/// # Errors
/// [`ClusterError`] if Slurm cannot be asked.
pub fn runs_in_tasks(
    submitted: &[(u32, Submission)],
) -> Result<HashSet<SubmittedRun>, ClusterError> {
    let tasks = tasks_of(submitted)?;
    let is_live = |stage: &SubmittedStage, task: usize| {
        tasks.get(&(stage.job.clone(), task)).is_some_and(TaskState::is_live)
    };
    let live = each_task(submitted).filter(|(_, stage, task, _)| is_live(stage, *task));
    Ok(live.flat_map(|(.., runs)| runs.iter().copied()).collect())
}

/// Ends every task that Slurm still has, and the report; how many there were.
///
/// # Errors
/// [`ClusterError`] if Slurm cannot be asked or refuses.
pub fn cancel(submitted: &[(u32, Submission)]) -> Result<usize, ClusterError> {
    let tasks = tasks_of(submitted)?;
    let live: Vec<_> = tasks.iter().filter(|(_, state)| state.is_live()).collect();
    let mut jobs: Vec<_> = live.iter().map(|((job, _), _)| job.as_str()).collect();
    // Those of a job follow each other.
    jobs.dedup();
    slurm::cancel(&jobs)?;
    Ok(live.len())
}

/// Where what was submitted is.
#[derive(Debug, Default, Serialize)]
pub struct Submitted {
    /// Tasks that wait, by Slurm's reason for it.
    waiting: BTreeMap<String, usize>,
    /// Tasks at work, by node.
    running: BTreeMap<String, usize>,
    /// Tasks that ended well.
    completed: usize,
    /// Tasks that did not.
    failed: Vec<FailedTask>,
    /// Why Slurm could not be asked.
    unknown: Option<String>,
}

/// A task that did not end well.
#[derive(Debug, Serialize)]
struct FailedTask {
    job: String,
    stage: String,
    task: usize,
    /// Slurm's word: `OUT_OF_MEMORY`, `TIMEOUT`, `NODE_FAIL`, `FAILED`, `CANCELLED`.
    state: String,
    nodes: String,
    log: PathBuf,
}

impl Submitted {
    /// Asks Slurm; `None` where nothing was submitted.
    ///
    /// # Errors
    /// [`StoreError`] if what was submitted cannot be read.
    pub fn of(sweep: &SweepFolder) -> Result<Option<Self>, StoreError> {
        let submissions = sweep.submissions()?;
        if submissions.is_empty() {
            return Ok(None);
        }
        Ok(Some(match tasks_of(&submissions) {
            Ok(tasks) => Self::counted(sweep, &submissions, &tasks),
            Err(error) => Self { unknown: Some(unknown(&error)), ..Self::default() },
        }))
    }

    fn counted(sweep: &SweepFolder, submissions: &[(u32, Submission)], tasks: &Tasks) -> Self {
        let mut all = Self::default();
        for (number, stage, task, _) in each_task(submissions) {
            match tasks.get(&(stage.job.clone(), task)) {
                Some(TaskState::Waiting(reason)) => {
                    *all.waiting.entry(reason.clone()).or_default() += 1;
                }
                Some(TaskState::Running(nodes)) => {
                    *all.running.entry(nodes.clone()).or_default() += 1;
                }
                Some(TaskState::Completed) => all.completed += 1,
                Some(TaskState::Failed { word, nodes }) => {
                    let log = format!("{}-{task}.log", stage.file());
                    all.failed.push(FailedTask {
                        job: stage.job.clone(),
                        stage: stage.name.clone(),
                        task,
                        state: word.clone(),
                        nodes: nodes.clone(),
                        log: sweep.submission_folder(number).join(log),
                    });
                }
                // Slurm has forgotten it; what its runs came to is in their folders.
                None => {}
            }
        }
        all
    }

    /// Lines for people; of tasks that failed at most so many.
    pub fn lines(&self, most: usize) -> Vec<String> {
        if let Some(why) = &self.unknown {
            return vec![format!("cluster: {why}")];
        }
        let list = |counts: &BTreeMap<String, usize>| {
            let each = counts.iter().map(|(what, count)| format!("{count} {what}"));
            each.collect::<Vec<_>>().join(", ")
        };
        let mut lines = Vec::new();
        if !self.running.is_empty() {
            let (tasks, nodes) = (tasks(&self.running), list(&self.running));
            lines.push(format!("cluster: {tasks} at work, by node: {nodes}"));
        }
        if !self.waiting.is_empty() {
            let (tasks, reasons) = (tasks(&self.waiting), list(&self.waiting));
            lines.push(format!("cluster: {tasks} waiting, by reason: {reasons}"));
        }
        for FailedTask { job, stage, task, state, nodes, log } in self.failed.iter().take(most) {
            let why = meaning(state);
            lines.push(format!("cluster: task {task} of {stage} (job {job}) on {nodes}: {why}"));
            lines.push(format!("        {}", log.display()));
        }
        if self.failed.len() > most {
            let more = self.failed.len() - most;
            lines.push(format!("        and {more} more; --all names them"));
        }
        lines
    }

    /// Where tasks are at work, why others wait and why some failed, in a few words; `None` where
    /// there is nothing to say.
    pub fn words(&self) -> Option<String> {
        let mut parts = Vec::new();
        if !self.running.is_empty() {
            let nodes = few(self.running.keys(), "nodes");
            parts.push(format!("{} at work on {nodes}", tasks(&self.running)));
        }
        if !self.waiting.is_empty() {
            let reasons = few(self.waiting.keys(), "reasons");
            parts.push(format!("{} in the queue ({reasons})", tasks(&self.waiting)));
        }
        if !self.failed.is_empty() {
            let states: BTreeSet<_> = self.failed.iter().map(|task| &task.state).collect();
            let failed = counted(self.failed.len(), "task");
            parts.push(format!("{failed} failed ({})", few(states, "reasons")));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Whether Slurm still has a task.
    pub fn is_live(&self) -> bool {
        !self.waiting.is_empty() || !self.running.is_empty()
    }
}

fn tasks(counts: &BTreeMap<String, usize>) -> String {
    counted(counts.values().sum(), "task")
}

/// All of them where they are few, else how many of `what` there are.
fn few<'a>(all: impl IntoIterator<Item = &'a String>, what: &str) -> String {
    let all: Vec<_> = all.into_iter().map(String::as_str).collect();
    if all.len() <= 3 { all.join(", ") } else { format!("{} {what}", all.len()) }
}

fn unknown(error: &ClusterError) -> String {
    format!("where the tasks are is not known: {error}")
}

/// What Slurm's word for an end means, and what helps.
fn meaning(word: &str) -> String {
    let help = match word {
        "OUT_OF_MEMORY" => "it needed more memory; `submit` again with more --mem",
        "TIMEOUT" => {
            "its time was up before it could save its state; `submit` again with more --time"
        }
        "NODE_FAIL" | "BOOT_FAIL" => "its node was lost; `submit` again",
        "PREEMPTED" => "it made room for others; `submit` again",
        "CANCELLED" => "it was cancelled",
        "FAILED" => "it ended with an error, as its log says",
        _ => return format!("{word}, as Slurm says"),
    };
    format!("{help} ({word})")
}

#[cfg(test)]
mod tests {
    use store::Of;

    use super::*;

    #[test]
    fn tasks_are_counted_and_failures_named_with_what_helps() {
        let sweep = SweepFolder::new("results/gates");
        let runs = vec![SubmittedRun { of: Of::Condition(0), seed: 0 }];
        let stage = |name: &str, job: &str, tasks: usize| SubmittedStage {
            name: name.into(),
            job: job.into(),
            tasks: vec![runs.clone(); tasks],
        };
        let submission = Submission {
            format: 1,
            time: 0.0,
            command: String::new(),
            experiment: String::new(),
            stages: vec![stage("tuning, rung 1", "7", 2), stage("main", "8", 6)],
            report: "9".into(),
        };
        let failed = |word: &str| TaskState::Failed { word: word.into(), nodes: "n1".into() };
        let states = [
            (("7".to_owned(), 0), TaskState::Completed),
            (("7".to_owned(), 1), failed("OUT_OF_MEMORY")),
            (("8".to_owned(), 0), TaskState::Running("n1".into())),
            (("8".to_owned(), 1), TaskState::Running("n2".into())),
            (("8".to_owned(), 2), TaskState::Waiting("Resources".into())),
            (("8".to_owned(), 3), TaskState::Waiting("Resources".into())),
            (("8".to_owned(), 4), failed("DEADLINE")),
        ];
        let counted = Submitted::counted(&sweep, &[(2, submission)], &states.into());
        assert_eq!(
            counted.lines(5),
            [
                "cluster: 2 tasks at work, by node: 1 n1, 1 n2",
                "cluster: 2 tasks waiting, by reason: 2 Resources",
                "cluster: task 1 of tuning, rung 1 (job 7) on n1: it needed more memory; `submit` \
                 again with more --mem (OUT_OF_MEMORY)",
                "        results/gates/cluster/2/tuning-rung-1-1.log",
                "cluster: task 4 of main (job 8) on n1: DEADLINE, as Slurm says",
                "        results/gates/cluster/2/main-4.log",
            ]
        );
        assert_eq!(
            counted.words().unwrap(),
            "2 tasks at work on n1, n2, 2 tasks in the queue (Resources), 2 tasks failed (DEADLINE, \
             OUT_OF_MEMORY)"
        );
        let nodes = (0..40).map(|node| (format!("n{node}"), 2)).collect();
        let many = Submitted { running: nodes, ..Submitted::default() };
        assert_eq!(many.words().unwrap(), "80 tasks at work on 40 nodes");
        assert!(counted.is_live());
        let last = counted.lines(1).pop();
        assert_eq!(last.as_deref(), Some("        and 1 more; --all names them"));
        let nothing = Submitted::default();
        assert_eq!((nothing.words(), nothing.is_live()), (None, false));
    }
}
