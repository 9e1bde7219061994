//! What the list of tasks says of each.

use std::path::Path;

use schema::{Key, Options};
use serde::de::DeserializeOwned;

use crate::error::TaskError;
use crate::task::Task;

/// One task of the list.
#[derive(Debug, Clone, Copy)]
pub struct TaskEntry {
    /// Registered name: the word in experiment files, and the file.
    pub name: &'static str,
    /// One line: what is to be predicted from what.
    pub summary: &'static str,
    /// Its options.
    pub keys: &'static [Key],
    /// Metric that selects and is compared unless an experiment says otherwise.
    pub metric: &'static str,
    /// What [`crate::build()`] calls once it has checked and completed the options.
    pub build: Build,
}

/// Makes a task from checked and complete options.
pub type Build = fn(&Options, &Context) -> Result<Box<dyn Task>, TaskError>;

/// What a task may need besides its options.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Folder that the shipped data sets lie in, each in a folder of its own.
    pub datasets: &'a Path,
}

/// Reads `options` into the configuration of `task`.
pub(crate) fn read_options<T: DeserializeOwned>(
    task: &'static str,
    options: &Options,
) -> Result<T, TaskError> {
    schema::read(options).map_err(|source| TaskError::Options { task, source })
}
