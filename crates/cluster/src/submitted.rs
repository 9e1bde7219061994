//! Where what was submitted of a sweep is, for `status` and the dashboard.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use store::{StoreError, Submission, SweepFolder};

use crate::{ClusterError, Slurm, TaskState};

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
        let jobs: Vec<_> = submissions.iter().flat_map(|(_, it)| it.jobs()).collect();
        Ok(Some(match Slurm::default().tasks(&jobs) {
            Ok(states) => Self::counted(sweep, &submissions, &states),
            Err(error) => Self { unknown: Some(unknown(&error)), ..Self::default() },
        }))
    }

    fn counted(
        sweep: &SweepFolder,
        submissions: &[(u32, Submission)],
        states: &BTreeMap<(String, usize), TaskState>,
    ) -> Self {
        let mut all = Self::default();
        for (number, submission) in submissions {
            for stage in &submission.stages {
                for task in 0..stage.tasks.len() {
                    match states.get(&(stage.job.clone(), task)) {
                        Some(TaskState::Waiting(reason)) => {
                            *all.waiting.entry(reason.clone()).or_default() += 1;
                        }
                        Some(TaskState::Running(nodes)) => {
                            *all.running.entry(nodes.clone()).or_default() += 1;
                        }
                        Some(TaskState::Completed) => all.completed += 1,
                        Some(TaskState::Failed { word, nodes }) => {
                            let name = stage.file();
                            let log = sweep.submission_folder(*number);
                            all.failed.push(FailedTask {
                                job: stage.job.clone(),
                                stage: stage.name.clone(),
                                task,
                                state: word.clone(),
                                nodes: nodes.clone(),
                                log: log.join(format!("{name}-{task}.log")),
                            });
                        }
                        // Slurm has forgotten it; what its runs came to is in their folders.
                        None => {}
                    }
                }
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

    /// How many tasks are at work and how many wait, in a few words; `None` where there are none.
    pub fn words(&self) -> Option<String> {
        match (self.running.is_empty(), self.waiting.is_empty()) {
            (true, true) => None,
            (true, false) => Some(format!("{} in the queue", tasks(&self.waiting))),
            (false, true) => Some(format!("{} at work", tasks(&self.running))),
            (false, false) => {
                let waiting: usize = self.waiting.values().sum();
                Some(format!("{} at work, {waiting} in the queue", tasks(&self.running)))
            }
        }
    }

    /// Whether Slurm still has a task.
    pub fn is_live(&self) -> bool {
        !self.waiting.is_empty() || !self.running.is_empty()
    }
}

fn tasks(counts: &BTreeMap<String, usize>) -> String {
    match counts.values().sum() {
        1_usize => "1 task".into(),
        many => format!("{many} tasks"),
    }
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
    use store::{Of, SubmittedRun, SubmittedStage};

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
        assert_eq!(counted.words().as_deref(), Some("2 tasks at work, 2 in the queue"));
        assert!(counted.is_live());
        let last = counted.lines(1).pop();
        assert_eq!(last.as_deref(), Some("        and 1 more; --all names them"));
        let nothing = Submitted::default();
        assert_eq!((nothing.words(), nothing.is_live()), (None, false));
    }
}
