//! The list of tasks. Adding one is one line in [`TASKS`].

use std::path::Path;

use schema::{Key, Options};
use serde::de::DeserializeOwned;

use crate::datasets::japanese_vowels;
use crate::synthetic::adding;
use crate::{Task, TaskError};

/// All tasks, in the order of lists.
pub const TASKS: &[TaskEntry] = &[adding::ENTRY, japanese_vowels::ENTRY];

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
    /// What [`build()`] calls once it has checked and completed the options.
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

/// The entry of a task.
pub fn find(name: &str) -> Option<&'static TaskEntry> {
    TASKS.iter().find(|entry| entry.name == name)
}

/// Makes a task; options that are absent take their defaults.
///
/// # Errors
/// [`TaskError::Unknown`], [`TaskError::Option`] and [`TaskError::Options`] for the
/// arguments, the others for the task's data.
pub fn build(name: &str, options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let entry = find(name).ok_or_else(|| TaskError::Unknown { name: name.to_owned() })?;
    let mut complete = schema::defaults(entry.keys);
    for (key, value) in options {
        let value = match entry.keys.iter().find(|known| known.name == key) {
            // Left to the task's own type, which refuses it.
            None => value.clone(),
            Some(known) => known.kind.check(value).map_err(|_| TaskError::Option {
                task: entry.name,
                key: known.name,
                value: value.clone(),
                expected: known.kind,
            })?,
        };
        complete.insert(key.clone(), value);
    }
    (entry.build)(&complete, context)
}

/// Reads `options` into the configuration of `task`.
pub(crate) fn read_options<T: DeserializeOwned>(
    task: &'static str,
    options: &Options,
) -> Result<T, TaskError> {
    schema::read(options).map_err(|source| TaskError::Options { task, source })
}
