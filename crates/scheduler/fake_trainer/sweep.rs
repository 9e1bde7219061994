//! A sweep of fake runs, for the fake runner and for tests that are their own runner.
//!
//! `SWEEP/runs.json` is a list of behaviours; the run of the i-th is in `SWEEP/runs/<i>/seed-0`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scheduler::{Limits, Observer, Policy, QueuedRun, Scheduler, Signals, Tally};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{RunConfig, RunFolder, RunState, StoreError};

/// How a sweep is run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    pub jobs: usize,
    pub retries: u32,
    pub max_failures: Option<usize>,
    /// Milliseconds.
    pub timeout: Option<u64>,
    /// Bytes.
    pub memory: Option<u64>,
    /// Milliseconds.
    pub grace: u64,
    pub rerun_failed: bool,
}

impl Default for Settings {
    fn default() -> Self {
        let (jobs, retries, max_failures, grace) = (2, 0, None, 5000);
        let (timeout, memory, rerun_failed) = (None, None, false);
        Self { jobs, retries, max_failures, timeout, memory, grace, rerun_failed }
    }
}

pub fn config(behaviour: &Value) -> RunConfig {
    serde_json::from_value(json!({
        "format": 1, "backend": "flex",
        "task": { "kind": "adding", "metric": "loss", "goal": "minimize", "options": {} },
        "model": { "architecture": "lstm", "hidden": 4, "options": {} },
        "train": behaviour,
    }))
    .expect("a configuration")
}

/// The behaviours of a sweep's runs.
pub fn behaviours(sweep: &Path) -> Vec<Value> {
    let text = std::fs::read(sweep.join("runs.json")).expect("runs.json");
    serde_json::from_slice(&text).expect("a list")
}

pub fn folder(sweep: &Path, index: usize) -> RunFolder {
    RunFolder::new(sweep.join("runs").join(index.to_string()).join("seed-0"))
}

/// The runs of a sweep that are to be done.
pub fn queue(sweep: &Path, rerun_failed: bool) -> Vec<QueuedRun> {
    let run = |index| {
        let folder = folder(sweep, index);
        let to_do = match folder.state().expect("a state") {
            RunState::Missing | RunState::Stopped | RunState::Running => true,
            RunState::Failed { .. } => rerun_failed,
            RunState::Finished(_) => false,
        };
        let run = QueuedRun::new(index, format!("run {index}"), folder);
        to_do.then_some(QueuedRun { rerun_failed, ..run })
    };
    (0..behaviours(sweep).len()).filter_map(run).collect()
}

/// Runs `runs` with workers of the program `trainer`.
pub fn schedule(
    trainer: &Path,
    sweep: &Path,
    runs: Vec<QueuedRun>,
    settings: &Settings,
    signals: &Signals,
    observer: &mut dyn Observer,
) -> Tally {
    let behaviours = behaviours(sweep);
    let launch = |run: &QueuedRun| -> Result<Command, StoreError> {
        run.folder.write_config(&config(&behaviours[run.index]))?;
        let mut command = Command::new(trainer);
        command.arg("worker").arg(run.folder.path()).env_remove("RUST_BACKTRACE");
        Ok(command)
    };
    let scheduler = Scheduler {
        jobs: settings.jobs,
        limits: Limits {
            timeout: settings.timeout.map(Duration::from_millis),
            memory: settings.memory,
            grace: Duration::from_millis(settings.grace),
        },
        policy: Policy { retries: settings.retries, max_failures: settings.max_failures },
        signals: signals.clone(),
        launch: &launch,
    };
    scheduler.run(runs, observer).expect("workers can be started")
}
