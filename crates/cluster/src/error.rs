//! What can go wrong with a cluster.

use std::io;
use std::path::PathBuf;

/// What can go wrong with a cluster.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// A command of Slurm is not there.
    #[error("cannot start `{program}`: {source}; is this a machine that Slurm's commands are on?")]
    Missing {
        /// Its name.
        program: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// A command of Slurm refused what it was asked for.
    #[error("`{command}` says: {said}")]
    Refused {
        /// The command with its arguments.
        command: String,
        /// Its own words.
        said: String,
    },
    /// A command of Slurm printed something else than expected.
    #[error("`{command}` printed \"{printed}\", which is no job's number")]
    NoJob {
        /// The command with its arguments.
        command: String,
        /// What it printed.
        printed: String,
    },
    /// The user's settings cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// Their file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The user's settings are no settings.
    #[error("{}: {reason}", path.display())]
    Settings {
        /// Their file.
        path: PathBuf,
        /// What is wrong with them, and where.
        reason: String,
    },
}
