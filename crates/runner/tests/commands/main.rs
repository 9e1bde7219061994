//! The real program, from the command line: what it prints, writes and returns.

mod attacked;
mod bad_input;
mod begin;
mod bench;
mod control;
mod damaged;
mod data;
mod determinism;
mod halving;
mod housekeeping;
mod inform;
mod inside;
mod interrupted;
mod judged;
#[cfg(target_os = "linux")]
mod killed;
mod plan;
mod reference;
mod scale;
mod several;
mod slurm;
mod status;
mod sweep;
mod terminal;
mod trackers;
mod trained;
mod tuning;
mod tutorial;
mod weights;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// A folder to work in, with the program's data sets.
struct Place {
    folder: tempfile::TempDir,
}

/// What a command left behind.
struct Ended {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_unroll"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env("UNROLL_DATASETS", workspace().join("datasets"))
            .env("COLUMNS", "100")
            .env_remove("RUST_BACKTRACE")
            .env_remove("SLURM_JOB_ID")
            .stdin(std::process::Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    /// Names in a folder, sorted; none if it does not exist.
    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return vec![] };
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn ended(command: &mut Command) -> Ended {
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ended {
        code: status.code().expect("no signal"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Waits until it is so, and fails after a minute.
#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Two small arms on a short adding task.
const SMALL: &str = r#"
name = "small"
question = "Does a small sweep run?"
seeds = 2
baseline = "gru"

[model]
architecture = "gru"
hidden = 5

[train]
steps = 20
evaluate_every = 10
batch = 4

[[task]]
kind = "adding"
length = 6
validation_size = 20
test_size = 30
metric = { name = "loss", goal = "minimize", solved = { below = 0.5 } }

[[arm]]
name = "no | recurrence"
model.architecture = "feed_forward"
"#;
