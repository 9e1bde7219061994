//! Errors of reading and writing results.

use std::io;
use std::path::PathBuf;

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
    #[error("{path} is not valid: {reason}", path = path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
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
    /// Another process holds the lock.
    #[error("{path} is in use by another process", path = path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
}
