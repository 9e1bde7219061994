//! Errors of reading and writing results.

use std::io;
use std::path::{Path, PathBuf};

/// Errors of reading and writing results.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder could not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file does not hold what its name says.
    #[error("{path} is not valid: {reason}{remedy}", path = path.display(), remedy = remedy(path))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file is not as it was written.
    #[error("{path} is damaged: {reason}{remedy}", path = path.display(), remedy = remedy(path))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What shows it.
        reason: String,
    },
    /// A file of another version of this program.
    #[error(
        "{path} has format {found}, this program reads {reads}: use the version that wrote it, or \
         another --results folder",
        path = path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The only one that this program reads.
        reads: u32,
    },
    /// A folder without a plan.
    #[error("{path} holds no plan.json: it is not a results folder", path = path.display())]
    NoPlan {
        /// The folder.
        path: PathBuf,
    },
    /// A results folder of another experiment.
    #[error("{path} holds results of the experiment \"{found}\", not of \"{expected}\"", path = path.display())]
    OtherExperiment {
        /// The folder.
        path: PathBuf,
        /// Experiment that the folder is of.
        found: String,
        /// Experiment that was to be run.
        expected: String,
    },
    /// A run folder of another run.
    #[error("{path} holds another run: {reason}; move that folder away", path = path.display())]
    OtherRun {
        /// The folder.
        path: PathBuf,
        /// What shows it.
        reason: String,
    },
    /// Another runner is at work with another plan.
    #[error(
        "another runner is at work on {path} with another plan: wait for it, or stop it",
        path = path.display()
    )]
    OtherPlan {
        /// The folder.
        path: PathBuf,
    },
    /// Nobody is at work who could be asked for something.
    #[error("no runner is at work on {path}; `run` starts one", path = path.display())]
    Idle {
        /// The folder of the sweep.
        path: PathBuf,
    },
    /// Another process holds the lock.
    #[error("{path} is in use by another process", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}

impl StoreError {
    /// Why a file is not to be believed, where that is what went wrong: it is damaged, of another
    /// run or of another version. Nobody but the file is to blame, so the sweep goes on.
    pub fn fault(&self) -> Option<String> {
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match self {
            Self::Damaged { path, reason } => Some(format!("{}: {reason}", name(path))),
            Self::Invalid { path, reason } => {
                Some(format!("{} is not valid: {reason}", name(path)))
            }
            Self::Format { path, found, reads } => {
                let name = name(path);
                Some(format!("{name} has format {found}, this program reads {reads}"))
            }
            Self::OtherRun { reason, .. } => Some(reason.clone()),
            _ => None,
        }
    }
}

/// What to do about a file that cannot be used: whether it can be had again, and how.
fn remedy(path: &Path) -> &'static str {
    match path.file_name().and_then(|name| name.to_str()) {
        Some("plan.json" | "config.toml") => "; `run` sets it aside and writes it anew",
        Some("result.json") => "; `run --rerun failed` sets it aside and does the run again",
        Some("provenance.json") => "; `run` sets it aside, and the run counts as stale",
        Some("events.jsonl") => "; `run` sets the run aside, and --rerun failed does it again",
        Some("claims.json") => "; `run` sets it aside and takes the claims from the plan",
        _ => "",
    }
}
