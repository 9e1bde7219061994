//! Arguments of the commands about a cluster.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

/// Arguments of `submit`.
#[derive(Debug, Args)]
pub struct SubmitArguments {
    /// The experiment file
    pub file: PathBuf,
    /// Changes to it: model.hidden=32 train.steps=100 seeds=2
    #[arg(value_name = "KEY=VALUE")]
    pub overrides: Vec<String>,
    /// Folder that results go to, one folder an experiment; every node has to see it
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub results: PathBuf,
    /// Partition that the jobs go to
    #[arg(long, value_name = "NAME", help_heading = SITE)]
    pub partition: Option<String>,
    /// Account that they are charged to
    #[arg(long, value_name = "NAME", help_heading = SITE)]
    pub account: Option<String>,
    /// Quality of service
    #[arg(long, value_name = "NAME", help_heading = SITE)]
    pub qos: Option<String>,
    /// Longest time of a task, such as 2h; what is not done by then goes on in the next
    #[arg(long, value_name = "TIME", help_heading = SITE)]
    pub time: Option<String>,
    /// Processors of a task [default: 1]
    #[arg(long, value_name = "N", help_heading = SITE, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub cpus: Option<u16>,
    /// Memory of a task, such as 4GiB
    #[arg(long, value_name = "BYTES", help_heading = SITE)]
    pub mem: Option<String>,
    /// GPUs of a task
    #[arg(long, value_name = "N", help_heading = SITE, value_parser = clap::value_parser!(u16).range(0..=64))]
    pub gpus: Option<u16>,
    /// Tasks of an array, at most
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_array: u32,
    /// Tasks of an array that may be at work at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub at_a_time: Option<u32>,
    /// Runs shorter than this are put together into tasks of about that long
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = scheduler::parse_duration)]
    pub task_time: Duration,
    /// Threads that each run computes with; a task does as many runs at a time as its processors
    /// have threads for
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads_per_run: u16,
    /// Submit again what failed
    #[arg(long)]
    pub rerun_failed: bool,
    /// Print the scripts and submit nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// Heading of what a site asks for.
const SITE: &str =
    "What the site asks for (also [cluster] of the file, and cluster.toml of the user)";

/// Arguments of `cancel`.
#[derive(Debug, Args)]
pub struct CancelArguments {
    /// Results folder of an experiment that was submitted
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// A task of what was submitted: `2/0/17` is the task 17 of the first array of the second submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskPlace {
    pub submission: u32,
    pub stage: usize,
    pub task: usize,
}

impl std::str::FromStr for TaskPlace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').collect();
        let place = match parts[..] {
            [submission, stage, task] => submission.parse().ok().and_then(|submission| {
                let (stage, task) = (stage.parse().ok()?, task.parse().ok()?);
                Some(Self { submission, stage, task })
            }),
            _ => None,
        };
        place.ok_or_else(|| format!("\"{text}\" is no task of a submission, such as 2/0/17"))
    }
}
