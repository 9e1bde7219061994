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
    /// What it is, an example, its paper and how it differs from that: the documentation of
    /// its file.
    pub about: &'static str,
    /// Its options.
    pub keys: &'static [Key],
    /// What [`Self::make`] calls once it has checked and completed the options.
    pub build: Build,
}

impl TaskEntry {
    /// Makes the task; options that are absent take their defaults.
    ///
    /// # Errors
    /// [`TaskError::Option`] and [`TaskError::Options`] for the options, the others for the
    /// task's data.
    pub fn make(&self, options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
        let mut complete = schema::defaults(self.keys);
        for (key, value) in options {
            let value = match self.keys.iter().find(|known| known.name == key) {
                // Left to the task's own type, which refuses it.
                None => value.clone(),
                Some(known) => known.kind.check(value).map_err(|_| TaskError::Option {
                    task: self.name,
                    key: known.name,
                    value: value.clone(),
                    expected: known.kind,
                })?,
            };
            complete.insert(key.clone(), value);
        }
        (self.build)(&complete, context)
    }

    /// The module documentation at the head of the task's file, without the code in it, which
    /// is a test.
    pub fn documentation(&self) -> String {
        let lines = self.about.lines().map_while(|line| line.strip_prefix("//!"));
        let mut text = Vec::new();
        // The kind of the block of code that a line is in.
        let mut block: Option<&str> = None;
        for line in lines.map(|line| line.strip_prefix(' ').unwrap_or(line)) {
            let fence = line.strip_prefix("```");
            if fence.or(block).is_none_or(|kind| kind == "text" || block == Some("text")) {
                text.push(line);
            }
            block = match (fence, block) {
                (Some(_), Some(_)) => None,
                (Some(kind), None) => Some(kind),
                (None, block) => block,
            };
        }
        // Two paragraphs that a test stood between.
        text.dedup_by(|next, last| next.is_empty() && last.is_empty());
        text.join("\n").trim().to_owned()
    }
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
