//! What can go wrong in making a task.

use std::io;
use std::path::PathBuf;

use data::DataError;
use serde_json::Value;

/// What can go wrong in making a task.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// No task has this name.
    #[error("no task is called \"{name}\"; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// An option is of the wrong type or out of range.
    #[error("task {task}: {key} = {value} is not {expected}")]
    Option {
        /// The task.
        task: &'static str,
        /// Name of the option.
        key: &'static str,
        /// What was given.
        value: Value,
        /// What it takes.
        expected: schema::Kind,
    },
    /// The options do not fit the task's configuration: a key is unknown or lacking.
    #[error("task {task}: {source}")]
    Options {
        /// The task.
        task: &'static str,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// Options that are each allowed but do not fit together.
    #[error("task {task}: {reason}")]
    Together {
        /// The task.
        task: &'static str,
        /// Which, why, and what would fit.
        reason: String,
    },
    /// A data file could not be read.
    #[error("cannot read {path}: {source}; {advice}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
        /// What to do.
        advice: &'static str,
    },
    /// A data file is broken.
    #[error(transparent)]
    Data(DataError),
    /// A data file is well-formed, but not what the task needs.
    #[error("{path}: {reason}", path = path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
    /// Several things are wrong with a data set of the user's.
    #[error(
        "{first}; {more} more: runner data check {folder} names all", folder = folder.display()
    )]
    Faulty {
        /// The first.
        first: String,
        /// How many others.
        more: usize,
        /// The folder of the data set.
        folder: PathBuf,
    },
    /// A part of the data has no sequence.
    #[error("the {part} part holds no sequence; the task needs some in each part")]
    EmptyPart {
        /// Its name.
        part: &'static str,
    },
    /// So few different sequences can be drawn that none are left for some part.
    #[error(
        "task {task}: there are too few different sequences of these lengths to keep the parts \
         apart; allow longer ones"
    )]
    TooFewSequences {
        /// The task.
        task: &'static str,
    },
}

impl TaskError {
    /// Whether a data file is not there.
    pub fn is_of_missing_file(&self) -> bool {
        matches!(self, Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// What is wrong with a data file; `advice` says what to do if it is not there.
    pub fn of_data(error: DataError, advice: &'static str) -> Self {
        match error {
            DataError::Read { path, source } => Self::Read { path, source, advice },
            broken => Self::Data(broken),
        }
    }
}
