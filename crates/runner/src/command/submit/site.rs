//! What the site asks for: the command line over the experiment file over the user's own file.

use std::path::PathBuf;
use std::time::Duration;

use cluster::Settings;
use schema::Options;
use serde::Deserialize as _;
use serde_json::Value;

use crate::arguments::cluster::SubmitArguments;
use crate::exit::Failure;

/// What the site asks for, checked.
pub struct Site {
    pub settings: Settings,
    /// Longest time of a task.
    pub time: Option<Duration>,
    /// Bytes of memory of a task.
    pub memory: Option<u64>,
}

impl Site {
    /// Reads them.
    ///
    /// # Errors
    /// [`Failure::Usage`] for a time or an amount of memory that is none, or a file that cannot be read.
    pub fn of(arguments: &SubmitArguments, of_file: &Options) -> Result<Self, Failure> {
        let given = Settings {
            partition: arguments.partition.clone(),
            account: arguments.account.clone(),
            qos: arguments.qos.clone(),
            time: arguments.time.clone(),
            cpus: arguments.cpus,
            memory: arguments.mem.clone(),
            gpus: arguments.gpus,
            ..Settings::default()
        };
        // Checked against the same keys.
        let of_file = Settings::deserialize(Value::Object(of_file.clone()))
            .map_err(|error| Failure::usage(format!("[cluster]: {error}")))?;
        let mut settings = given.over(of_file);
        if let Some(path) = user_file() {
            settings = settings.over(Settings::read(&path).map_err(Failure::usage)?);
        }
        let wrong = |error: scheduler::LimitError| Failure::usage(format!("cluster: {error}"));
        let time = settings.time.as_deref().map(scheduler::parse_duration);
        let memory = settings.memory.as_deref().map(scheduler::parse_bytes);
        let (time, memory) = (time.transpose().map_err(wrong)?, memory.transpose().map_err(wrong)?);
        Ok(Self { settings, time, memory })
    }

    /// Runs that a task does at a time.
    pub fn runs_at_a_time(&self, threads: u16) -> usize {
        usize::from((self.settings.cpus.unwrap_or(1) / threads.max(1)).max(1))
    }
}

/// The user's own settings.
fn user_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let configured = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
    Some(configured?.join("unroll").join("cluster.toml"))
}
