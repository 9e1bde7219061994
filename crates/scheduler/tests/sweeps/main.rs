//! Sweeps of fake runs: each test takes milliseconds.

mod control;
mod failures;
mod halving;
mod limits;
#[cfg(target_os = "linux")]
mod processors;
mod signals;
#[cfg(target_os = "linux")]
mod thousand;
mod together;
mod undisturbed;

#[path = "../../fake_trainer/sweep.rs"]
mod sweep;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use scheduler::{Notice, Observer, QueuedRun, Signals, Tally};
use serde_json::Value;
use store::{Reach, RunFolder, RunState};
use sweep::Settings;

fn trainer() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_fake_trainer"))
}

/// A folder with a sweep.
struct Place {
    folder: tempfile::TempDir,
}

/// What was told, in order, by run.
#[derive(Debug, Default)]
struct Told(Vec<(usize, Notice)>);

impl Observer for Told {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        self.0.push((run.index, notice.clone()));
    }
}

impl Told {
    fn of(&self, index: usize) -> Vec<&Notice> {
        self.0.iter().filter(|told| told.0 == index).map(|told| &told.1).collect()
    }

    /// The last notice of a run, which must be a failure: class, message and log.
    fn failure(&self, index: usize) -> (String, &str, &[String]) {
        match self.of(index).last() {
            Some(Notice::Failed { class, message, log, elsewhere: false }) => {
                (class.to_string(), message, log)
            }
            other => panic!("{other:?}"),
        }
    }
}

impl Place {
    fn new(behaviours: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("runs.json"), behaviours.to_string()).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, index: usize) -> RunFolder {
        sweep::folder(self.path(), index)
    }

    fn state(&self, index: usize) -> RunState {
        self.run(index).state().unwrap()
    }

    /// Runs what is to be done in this process.
    fn schedule(&self, settings: &Settings) -> (Tally, Told) {
        let runs = queue(self.path(), settings.rerun_failed);
        self.schedule_these(runs, settings)
    }

    fn schedule_these(&self, runs: Vec<QueuedRun>, settings: &Settings) -> (Tally, Told) {
        let signals = Signals::listen().unwrap();
        let mut told = Told::default();
        let tally = schedule(trainer(), self.path(), runs, settings, &signals, &mut told);
        (tally, told)
    }

    /// Starts the fake runner.
    fn start(&self, settings: &str) -> Child {
        let mut command = Command::new(trainer());
        command.arg("run").arg(self.path()).arg(settings);
        command.env_remove("SLURM_JOB_ID");
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// All results, byte for byte.
    fn results(&self) -> BTreeMap<PathBuf, String> {
        let runs = 0..sweep::behaviours(self.path()).len();
        let read = |index| {
            let path = self.run(index).path().join("result.json");
            let name = path.strip_prefix(self.path()).unwrap().to_owned();
            Some((name, std::fs::read_to_string(path).ok()?))
        };
        runs.filter_map(read).collect()
    }
}

/// The runs of a sweep that are to be done, each to its end.
fn queue(sweep: &Path, rerun_failed: bool) -> Vec<QueuedRun> {
    let all = sweep::phases(sweep, rerun_failed, |_| true).what_is_left().unwrap();
    all.into_iter().map(|run| QueuedRun { reach: Reach::End, ..run }).collect()
}

/// Runs `runs` with workers of the program `trainer`.
fn schedule(
    trainer: &Path,
    sweep: &Path,
    runs: Vec<QueuedRun>,
    settings: &Settings,
    signals: &Signals,
    observer: &mut dyn Observer,
) -> Tally {
    sweep::with(trainer, sweep, settings, signals, |scheduler| scheduler.run(runs, observer))
}

/// Waits until `is_so`, and fails after a while.
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(sent.success());
}
