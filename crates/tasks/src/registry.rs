//! The list of tasks. Adding one is one line in [`TASKS`].

use schema::Options;

use crate::datasets::japanese_vowels;
use crate::entry::{Context, TaskEntry};
use crate::error::TaskError;
use crate::synthetic::adding;
use crate::task::Task;

/// All tasks, in the order of lists.
pub const TASKS: &[TaskEntry] = &[adding::ENTRY, japanese_vowels::ENTRY];

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
    let entry = find(name).ok_or_else(|| unknown(name))?;
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

fn unknown(name: &str) -> TaskError {
    let known: Vec<_> = TASKS.iter().map(|entry| entry.name).collect();
    TaskError::Unknown { name: name.to_owned(), known: known.join(", ") }
}
