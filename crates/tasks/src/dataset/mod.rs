//! Your own data: a folder with a manifest, `dataset.toml`, that says what its files hold.
//!
//! Nothing of it is Rust. The manifest names the kind, the files, the columns, the split and the
//! licence:
//!
//! ```text
//! kind    = "classification"     # or regression, tagging, text, forecasting
//! licence = "CC BY 4.0"
//!
//! [files]                        # or train, validation and test, each one file or a list
//! all = "walks.csv"
//!
//! [columns]
//! sequence = "walk"              # rows with the same walk are one sequence, in their order
//! inputs   = ["x", "y", "z"]     # what a step holds
//! target   = "gait"              # what is asked of it
//! group    = "person"            # nobody is in two parts
//!
//! [split]                        # of what the files leave open
//! validation = 0.2
//! test       = 0.2
//! ```
//!
//! ```text
//! [[task]]
//! kind = "dataset"
//! path = "data/walks"
//! ```
//!
//! Files may be `.csv`, `.tsv`, `.jsonl`, `.ts`, `.npz`, `.npy` and `.conllu`; `docs/own-data.md`
//! says what each is read as. The kinds `text` and `forecasting` are the tasks of these names on the
//! one file that is given, with their own options under `[options]`.
//!
//! `unroll data check PATH` names the file, row and column of all that is wrong, `unroll data
//! describe PATH` shows what was read, and `unroll data example dataset path=PATH` prints a few
//! sequences. All sequences are held in memory, a number as four bytes.

mod arrays;
mod config;
mod description;
mod examples;
mod fault;
mod job;
mod json_lines;
mod manifest;
mod reader;
mod record;
mod sentences;
mod series;
mod split;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

use schema::{Key, Kind, Literal, Options};
use serde_json::Value;

pub use description::{Description, PartDescription, Twin};
pub use fault::Faults;
pub use manifest::MANIFEST;

use crate::dataset::config::Config;
use crate::dataset::examples::join;
use crate::dataset::manifest::{Manifest, Reading};
use crate::dataset::reader::read;
use crate::dataset::split::split;
use crate::entry::read_options;
use crate::series::{MISSING, STANDARDIZE};
use crate::text::unit::INPUT;
use crate::{Context, Task, TaskEntry, TaskError};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "dataset",
    summary: "your own data: a folder whose manifest says what its files hold",
    about: include_str!("mod.rs"),
    keys: &[
        Key::required(
            "path",
            Kind::Text,
            "The folder of dataset.toml, absolute or from the folder that the program is started in.",
        ),
        INPUT,
        Key::new(
            "least",
            Kind::Integer { min: 1, max: 1000 },
            Literal::Integer(1),
            "Words (or characters) that occur less often in the training part are one unknown token.",
        ),
        STANDARDIZE,
        MISSING,
    ],
    build,
};

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let manifest = Manifest::read(&config.path).map_err(|error| {
        TaskError::of_data(error, "the option `path` names a folder with a dataset.toml")
    })?;
    let asks = match manifest.reading() {
        Reading::Sequences(asks) => asks,
        Reading::Task(entry) => {
            let changed = ENTRY.keys.iter().find(|key| {
                key.default.is_some_and(|default| options.get(key.name) != Some(&default.into()))
            });
            if let Some(key) = changed {
                let reason = format!(
                    "`{}` means nothing for data of kind \"{}\"; its options go under [options] in \
                     {MANIFEST}",
                    key.name, entry.name
                );
                return Err(TaskError::Together { task: ENTRY.name, reason });
            }
            return other(&config.path, &manifest, &entry, context);
        }
    };
    let read =
        read(&config.path, &manifest, asks).map_err(|faults| faults.into_error(&config.path))?;
    let parts = split(&manifest, &read)?;
    Ok(Box::new(join(&manifest, asks, read, &parts, &config, None)?))
}

/// The task of `options` with the sequences of another folder, of the same form, for its test
/// part: tokens, classes, scales and what stands for missing values are those of the task's own
/// training part.
///
/// # Errors
/// [`TaskError`]: those of the task; what of the other folder is wrong, of another form or has a
/// label that the task does not know.
pub fn applied(options: &Options, folder: &Path) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let own = Manifest::read(&config.path).map_err(|error| {
        TaskError::of_data(error, "the option `path` names the folder that was trained on")
    })?;
    let other = Manifest::read(folder).map_err(TaskError::Data)?;
    let unfit =
        |reason: &str| TaskError::Unfit { path: folder.join(MANIFEST), reason: reason.into() };
    let (Reading::Sequences(asks), Reading::Sequences(asked)) = (own.reading(), other.reading())
    else {
        return Err(unfit("texts and series that go on without end cannot be given another file"));
    };
    if asks != asked {
        return Err(unfit("it is of another kind than what the model was trained on"));
    }
    let read = |folder: &Path, manifest| {
        read(folder, manifest, asks).map_err(|faults| faults.into_error(folder))
    };
    let records = read(&config.path, &own)?;
    let parts = split(&own, &records)?;
    let applied = read(folder, &other)?;
    Ok(Box::new(join(&own, asks, records, &parts, &config, Some(applied))?))
}

/// The task that a manifest leaves its one file to.
fn other(
    folder: &Path,
    manifest: &Manifest,
    entry: &TaskEntry,
    context: &Context,
) -> Result<Box<dyn Task>, TaskError> {
    let path = folder.join(MANIFEST);
    let unfit = |reason: String| TaskError::Unfit { path: path.clone(), reason };
    let file = manifest.only_file().map_err(&unfit)?;
    let mut options = manifest.options.clone();
    if options.contains_key("path") {
        return Err(unfit("[options] names a path; the file is named under [files]".into()));
    }
    let shown = folder.join(file);
    let Some(text) = shown.to_str() else {
        return Err(unfit(format!("the name {} is not UTF-8 text", shown.display())));
    };
    options.insert("path".into(), Value::from(text));
    entry.make(&options, context).map_err(|error| match error {
        // Said of options that stand in the manifest.
        option @ (TaskError::Option { .. }
        | TaskError::Options { .. }
        | TaskError::Together { .. }) => unfit(format!("[options]: {option}")),
        other => other,
    })
}

/// Reads a data set as its task would, and says all that is wrong with it.
///
/// # Errors
/// [`Faults`], each with its file, and its row and column where there are such.
pub fn check(folder: &Path, context: &Context) -> Result<Description, Faults> {
    let manifest = Manifest::read(folder).map_err(TaskError::Data)?;
    let asks = match manifest.reading() {
        Reading::Sequences(asks) => asks,
        Reading::Task(entry) => {
            let task = other(folder, &manifest, &entry, context)?;
            return Ok(Description::of_task(&manifest, &*task));
        }
    };
    let read = read(folder, &manifest, asks)?;
    Ok(Description::of(&manifest, asks, read)?)
}
