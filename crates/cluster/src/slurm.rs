//! Slurm's commands, asked and told.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use crate::ClusterError;

/// Where a task of a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskState {
    /// It waits, for this reason in Slurm's words.
    Waiting(String),
    /// It is at work on these nodes.
    Running(String),
    /// It ended well.
    Completed,
    /// It ended otherwise: Slurm's word for it (`TIMEOUT`, `OUT_OF_MEMORY`), and where.
    Failed {
        /// Slurm's word.
        word: String,
        /// The nodes.
        nodes: String,
    },
}

impl TaskState {
    /// Whether Slurm still has it.
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Waiting(_) | Self::Running(_))
    }

    fn of(word: &str, reason: &str, nodes: &str) -> Self {
        // "CANCELLED by 1000"
        let word = word.split_whitespace().next().unwrap_or_default();
        match word {
            "PENDING" | "REQUEUED" | "REQUEUE_HOLD" | "SPECIAL_EXIT" | "RESV_DEL_HOLD" => {
                Self::Waiting(reason.into())
            }
            "RUNNING" | "COMPLETING" | "CONFIGURING" | "SUSPENDED" | "STOPPED" | "SIGNALING"
            | "STAGE_OUT" | "RESIZING" => Self::Running(nodes.into()),
            "COMPLETED" => Self::Completed,
            word => Self::Failed { word: word.into(), nodes: nodes.into() },
        }
    }
}

/// Where tasks are, by job and number of the task.
pub type Tasks = BTreeMap<(String, usize), TaskState>;

/// Submits a script; the number of the job. It begins when the job `after` has ended, however that
/// did.
///
/// # Errors
/// [`ClusterError`] if it is refused.
pub fn submit(script: &Path, after: Option<&str>) -> Result<String, ClusterError> {
    let mut command = Command::new("sbatch");
    command.arg("--parsable");
    if let Some(after) = after {
        command.arg(format!("--dependency=afterany:{after}"));
    }
    command.arg(script);
    let printed = said(&mut command, "sbatch")?;
    // "17", or "17;cluster" where there are several.
    let job = printed.trim().split(';').next().unwrap_or_default();
    if job.is_empty() || !job.bytes().all(|byte| byte.is_ascii_digit()) {
        let (command, printed) = (shown(&command), printed.trim().to_owned());
        return Err(ClusterError::NoJob { command, printed });
    }
    Ok(job.into())
}

/// Where the tasks of jobs are that Slurm still knows of, by job and number of the task; a job that is
/// no array has the task 0.
///
/// # Errors
/// [`ClusterError`] if Slurm cannot be asked.
pub fn tasks(jobs: &[&str]) -> Result<Tasks, ClusterError> {
    let mut tasks = Tasks::new();
    if jobs.is_empty() {
        return Ok(tasks);
    }
    // What has ended comes first, so that a task that is queued again counts as that.
    let mut ended = Command::new("sacct");
    ended.args(["-X", "-n", "-P", "--format=JobID,State,NodeList", "-j"]).arg(jobs.join(","));
    if let Ok(ended) = said(&mut ended, "sacct") {
        for line in ended.lines() {
            if let [id, state, nodes] = line.split('|').collect::<Vec<_>>()[..] {
                let state = TaskState::of(state, "", nodes);
                tasks.extend(numbers(id).into_iter().map(|it| (it, state.clone())));
            }
        }
    } else {
        // Where Slurm keeps no accounts, its controller remembers for some minutes.
        for job in jobs {
            let mut remembered = Command::new("scontrol");
            remembered.args(["show", "job", "--oneliner", job]);
            let Ok(remembered) = said(&mut remembered, "scontrol") else { continue };
            tasks.extend(remembered.lines().flat_map(of_controller));
        }
    }
    let mut queued = Command::new("squeue");
    queued.args(["--noheader", "--array", "--format=%F|%K|%T|%r|%N", "--me"]);
    for line in said(&mut queued, "squeue")?.lines() {
        if let [job, task, state, reason, nodes] = line.split('|').collect::<Vec<_>>()[..]
            && jobs.contains(&job)
        {
            let task = task.parse().unwrap_or(0);
            tasks.insert((job.into(), task), TaskState::of(state, reason, nodes));
        }
    }
    Ok(tasks)
}

/// Ends jobs, those that wait and those at work. What is at work is told so, and killed if it has not
/// ended after the site's `KillWait`, half a minute as a rule.
///
/// # Errors
/// [`ClusterError`] if it is refused.
pub fn cancel(jobs: &[&str]) -> Result<(), ClusterError> {
    if jobs.is_empty() {
        return Ok(());
    }
    let mut command = Command::new("scancel");
    command.args(jobs);
    said(&mut command, "scancel").map(drop)
}

/// Puts this process's own job back into the queue, to go on later; Slurm ends it then.
///
/// # Errors
/// [`ClusterError`] if it is refused.
pub fn requeue(job: &str) -> Result<(), ClusterError> {
    let mut command = Command::new("scontrol");
    command.args(["requeue", job]);
    said(&mut command, "scontrol").map(drop)
}

/// The tasks of an identifier as `sacct` has it: `17_3`, `17`, or `17_[4-9]` of those that never began.
fn numbers(id: &str) -> Vec<(String, usize)> {
    let Some((job, tasks)) = id.split_once('_') else { return vec![(id.into(), 0)] };
    let list = tasks.trim_matches(['[', ']']).split('%').next().unwrap_or_default();
    let range = |part: &str| -> Option<std::ops::RangeInclusive<usize>> {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.parse().ok()?..=last.parse().ok()?)
    };
    let tasks = list.split(',').filter_map(range).flatten();
    tasks.map(|task| (job.to_owned(), task)).collect()
}

/// A line of `scontrol show job --oneliner`.
fn of_controller(line: &str) -> Vec<((String, usize), TaskState)> {
    let value = |name: &str| {
        let mut words = line.split_whitespace();
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    };
    let state = TaskState::of(value("JobState"), value("Reason"), value("NodeList"));
    let ids = match value("ArrayJobId") {
        "" => vec![(value("JobId").to_owned(), 0)],
        job => numbers(&format!("{job}_{}", value("ArrayTaskId"))),
    };
    ids.into_iter().filter(|(job, _)| !job.is_empty()).map(|id| (id, state.clone())).collect()
}

/// What a command prints.
fn said(command: &mut Command, program: &'static str) -> Result<String, ClusterError> {
    let output = command.output().map_err(|source| ClusterError::Missing { program, source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ClusterError::Refused { command: shown(command), said })
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_name_one_task_or_those_that_never_began() {
        let of = |id: &str| numbers(id).into_iter().map(|(_, task)| task).collect::<Vec<_>>();
        assert_eq!(numbers("17"), [("17".into(), 0)]);
        assert_eq!(numbers("17_3"), [("17".into(), 3)]);
        assert_eq!(of("17_[4-6,9%2]"), [4, 5, 6, 9]);
        assert_eq!(of("17_[]"), Vec::<usize>::new());
    }

    #[test]
    fn the_controller_s_lines_are_read() {
        let line = "JobId=21 ArrayJobId=20 ArrayTaskId=1 JobName=unroll UserId=a(1) \
                    JobState=TIMEOUT Reason=TimeLimit Dependency=(null) NodeList=n7 Requeue=1";
        let expected = TaskState::Failed { word: "TIMEOUT".into(), nodes: "n7".into() };
        assert_eq!(of_controller(line), [(("20".into(), 1), expected)]);
        let line = "JobId=22 JobState=PENDING Reason=Dependency NodeList=";
        let expected = TaskState::Waiting("Dependency".into());
        assert_eq!(of_controller(line), [(("22".into(), 0), expected)]);
        assert_eq!(of_controller("No jobs in the system"), []);
    }

    #[test]
    fn slurm_s_words_are_told_apart() {
        for (word, is_live) in [
            ("PENDING", true),
            ("RUNNING", true),
            ("COMPLETING", true),
            ("REQUEUED", true),
            ("COMPLETED", false),
            ("CANCELLED by 1000", false),
            ("OUT_OF_MEMORY", false),
            ("NODE_FAIL", false),
            ("", false),
        ] {
            assert_eq!(TaskState::of(word, "", "").is_live(), is_live, "{word}");
        }
        let cancelled = TaskState::Failed { word: "CANCELLED".into(), nodes: "a".into() };
        assert_eq!(TaskState::of("CANCELLED by 1000", "", "a"), cancelled);
    }
}
