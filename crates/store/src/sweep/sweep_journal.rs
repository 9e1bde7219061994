//! `journal.jsonl`: what was done to a sweep, and when.
//!
//! Every runner that works on the folder appends to it; nothing is computed from it.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::file::lines::{LineTail, LineWriter};
use crate::run::journal::now;
use crate::sweep::request::{Answer, Asked};
use crate::{FailureClass, Outcome, StoreError, SweepFolder};

/// One line of `journal.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SweepEntry {
    /// Seconds since the Unix epoch.
    pub time: f64,
    /// Process number of the runner, to tell runners on one folder apart.
    pub runner: u32,
    /// What was done.
    #[serde(flatten)]
    pub kind: SweepEntryKind,
}

/// What was done to a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum SweepEntryKind {
    /// A runner began.
    Started {
        /// The command, as it was typed.
        command: String,
        /// Runs at a time.
        jobs: usize,
        /// Runs that it set out to do.
        runs: usize,
    },
    /// A worker was started.
    RunStarted {
        /// The run's folder, from the sweep's.
        run: String,
        /// Tries of this runner at this run, from 1.
        attempt: u32,
    },
    /// A run has its result.
    RunFinished {
        /// The run's folder, from the sweep's.
        run: String,
        /// How it ended.
        outcome: Outcome,
    },
    /// A run stopped before its end.
    RunStopped {
        /// The run's folder, from the sweep's.
        run: String,
    },
    /// A worker ended without a result.
    RunFailed {
        /// The run's folder, from the sweep's.
        run: String,
        /// What kind of failure.
        class: FailureClass,
        /// One line for people.
        message: String,
        /// Whether the runner tries it again.
        retried: bool,
    },
    /// A run's files were set aside, since other code or data computed them.
    RunReplaced {
        /// The run's folder, from the sweep's.
        run: String,
        /// Where its files are now.
        to: String,
    },
    /// A runner was asked for something while it was at work.
    Answered {
        /// What, and by whom.
        asked: Asked,
        /// What it said.
        answer: Answer,
    },
    /// A runner ended.
    Stopped {
        /// Runs with a result at its end, of those it set out to do.
        finished: usize,
        /// Runs that failed.
        failed: usize,
        /// Runs that are still to do.
        left: usize,
        /// Why it ended, where it did not do everything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

/// Appends to the journal of a sweep.
#[derive(Debug)]
pub struct SweepJournal {
    sweep: PathBuf,
    lines: LineWriter,
}

impl SweepJournal {
    /// Opens the journal of the sweep in `sweep` for appending.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn open(sweep: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(sweep)
            .map_err(|source| StoreError::Write { path: sweep.into(), source })?;
        let lines = LineWriter::open(&path(sweep))?;
        Ok(Self { sweep: sweep.into(), lines })
    }

    /// Appends one entry, stamped with the time and this process.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn append(&mut self, kind: SweepEntryKind) -> Result<(), StoreError> {
        self.lines.append(&SweepEntry { time: now(), runner: std::process::id(), kind })
    }

    /// How the journal names a folder: from the sweep's on, with `/` between.
    pub fn name(&self, folder: &Path) -> String {
        SweepFolder::new(&self.sweep).name(folder)
    }
}

/// Follows a sweep's journal: each call of [`SweepTail::read`] returns what is new.
#[derive(Debug)]
pub struct SweepTail(LineTail<SweepEntry>);

impl SweepTail {
    /// Starts at the beginning; the file need not exist yet.
    pub fn new(sweep: &Path) -> Self {
        Self(LineTail::new(path(sweep)))
    }

    /// The entries that were appended since the last call.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn read(&mut self) -> Result<Vec<SweepEntry>, StoreError> {
        self.0.read()
    }
}

/// All entries of a sweep's journal; none if it does not exist. A torn line is passed over.
///
/// # Errors
/// [`StoreError::Read`].
pub fn read_sweep_journal(sweep: &Path) -> Result<Vec<SweepEntry>, StoreError> {
    LineTail::new(path(sweep)).read()
}

fn path(sweep: &Path) -> PathBuf {
    sweep.join("journal.jsonl")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn entries_are_read_back_in_order_past_a_torn_line() {
        let folder = tempfile::tempdir().unwrap();
        let sweep = folder.path().join("sweep");
        assert!(read_sweep_journal(&sweep).unwrap().is_empty());
        let mut journal = SweepJournal::open(&sweep).unwrap();
        let run = journal.name(&sweep.join("runs/gru-0123/seed-4"));
        assert_eq!(run, "runs/gru-0123/seed-4");
        let kinds = [
            SweepEntryKind::Started { command: "run x.toml".into(), jobs: 2, runs: 3 },
            SweepEntryKind::RunStarted { run: run.clone(), attempt: 1 },
            SweepEntryKind::RunFailed {
                run: run.clone(),
                class: FailureClass::TimedOut,
                message: "it took more than 2 s".into(),
                retried: false,
            },
            SweepEntryKind::RunFinished { run, outcome: Outcome::Diverged { step: 7 } },
            SweepEntryKind::Stopped { finished: 2, failed: 1, left: 0, reason: None },
        ];
        journal.append(kinds[0].clone()).unwrap();
        let mut file = fs::OpenOptions::new().append(true).open(path(&sweep)).unwrap();
        file.write_all(b"{\"time\":1.").unwrap();
        let mut journal = SweepJournal::open(&sweep).unwrap();
        for kind in &kinds[1..] {
            journal.append(kind.clone()).unwrap();
        }
        let read = read_sweep_journal(&sweep).unwrap();
        assert_eq!(read.iter().map(|entry| entry.kind.clone()).collect::<Vec<_>>(), kinds);
        assert!(read.iter().all(|entry| entry.runner == std::process::id()));
    }
}
