//! A sweep of fake runs, for the fake runner and for tests that are their own runner.
//!
//! `SWEEP/runs.json` is a list of behaviours; the run of the i-th is in `SWEEP/runs/<i>/seed-0`.
//! Where there is a `SWEEP/halving.json`, it says what competes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use scheduler::{
    Contest, Control, Limits, Phased, Phases, Policy, Processors, QueuedRun, Scheduler,
    SchedulerError, Signals, Tally,
};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{Goal, Halving, Reach, RunConfig, RunFolder, StoreError, SweepFolder};

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
    /// Threads of a worker, for which it claims processors in the folder `claims` of the sweep;
    /// none if it is to claim none.
    pub threads: usize,
}

impl Default for Settings {
    fn default() -> Self {
        let (jobs, retries, max_failures, grace) = (2, 0, None, 5000);
        let (timeout, memory, rerun_failed, threads) = (None, None, false, 0);
        Self { jobs, retries, max_failures, timeout, memory, grace, rerun_failed, threads }
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

/// `halving.json`: contests by the same rules.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HalvingFile {
    rungs: Vec<u64>,
    keep: f64,
    contests: Vec<Vec<Vec<usize>>>,
}

fn contests(sweep: &Path) -> Vec<Contest> {
    let Ok(text) = std::fs::read(sweep.join("halving.json")) else { return Vec::new() };
    let HalvingFile { rungs, keep, contests } = serde_json::from_slice(&text).expect("contests");
    let contest = |competitors| {
        let halving = Halving { rungs: rungs.clone(), keep };
        let (label, metric, goal) = ("all".to_owned(), "loss".to_owned(), Goal::Minimize);
        Contest { label, halving, metric, goal, competitors }
    };
    contests.into_iter().map(contest).collect()
}

/// A sweep and what competes in it; those runs are done that `is_selected` names.
pub fn phases(sweep: &Path, rerun_failed: bool, is_selected: impl Fn(usize) -> bool) -> Phases {
    let run = |index| {
        let folder = folder(sweep, index);
        let state = folder.state().expect("a state");
        let run = QueuedRun::new(index, format!("run {index}"), folder);
        let run = QueuedRun { rerun_failed, ..run };
        Phased { run, state, is_selected: is_selected(index) }
    };
    Phases::new((0..behaviours(sweep).len()).map(run).collect(), contests(sweep))
}

/// Calls `run` with a scheduler whose workers are of the program `trainer`.
pub fn with(
    trainer: &Path,
    sweep: &Path,
    settings: &Settings,
    signals: &Signals,
    run: impl FnOnce(&Scheduler) -> Result<Tally, SchedulerError>,
) -> Tally {
    let behaviours = behaviours(sweep);
    let threads = settings.threads;
    let has_room = Processors::allowed().is_some_and(|all| all.hold(settings.jobs, threads));
    let claims = sweep.join("claims");
    std::fs::create_dir_all(&claims).expect("a folder");
    let launch = |run: &QueuedRun| -> Result<Command, StoreError> {
        run.folder.write_config(&config(&behaviours[run.index]))?;
        let mut command = Command::new(trainer);
        command.arg("worker").arg(run.folder.path()).env_remove("RUST_BACKTRACE");
        if has_room && threads > 0 {
            command.env("FAKE_CLAIMS", &claims).env("FAKE_THREADS", threads.to_string());
        }
        match run.reach {
            Reach::End => {}
            Reach::UpTo(step) => drop(command.arg("up-to").arg(step.to_string())),
            Reach::StoppedAt(step) => drop(command.arg("stopped-at").arg(step.to_string())),
        }
        Ok(command)
    };
    let control = Control::new(settings.jobs);
    control.follow(&SweepFolder::new(sweep), Some(1)).expect("a readable folder");
    run(&Scheduler {
        control: &control,
        limits: Limits {
            timeout: settings.timeout.map(Duration::from_millis),
            memory: settings.memory,
            grace: Duration::from_millis(settings.grace),
        },
        policy: Policy { retries: settings.retries, max_failures: settings.max_failures },
        signals: signals.clone(),
        launch: &launch,
    })
    .expect("workers can be started")
}
