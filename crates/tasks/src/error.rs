//! What can go wrong in making a task.

use std::io;
use std::path::PathBuf;

use serde_json::Value;

use crate::datasets::ts::Problem;

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
    /// A line of a data file breaks the rules of its format.
    #[error("{path}:{line}: {problem}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// A data file is well-formed, but not what the task needs.
    #[error("{path}: {reason}", path = path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        reason: String,
    },
}
