//! Japanese Vowels: which of nine speakers said two vowels?
//!
//! Kudo, Toyama and Shimbo 1999 (doi:10.24432/C5NS47): 640 utterances, each 12 cepstral
//! coefficients of linear prediction over 7 to 29 frames; 270 are given for training, 370
//! for testing. A small task with sequences of truly different lengths.

use std::path::PathBuf;

use schema::{Key, Kind, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::{Missing, Problem, load};
use crate::series::{SPLIT_SEED, STANDARDIZE, VALIDATION};
use crate::{Context, Task, TaskEntry, TaskError};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "japanese_vowels",
    summary: "which of 9 speakers said two vowels, from 12 cepstral coefficients over 7 to 29 \
              steps",
    about: include_str!("japanese_vowels.rs"),
    keys: &[
        VALIDATION,
        SPLIT_SEED,
        STANDARDIZE,
        Key::optional(
            "path",
            Kind::Text,
            "Folder with another JapaneseVowels_TRAIN.ts and JapaneseVowels_TEST.ts, absolute or \
             from the folder that the program is started in; the shipped data if absent.",
        ),
    ],
    build,
};

const LIMITS: &str = "A classifier that ignores order (summary statistics of each channel) \
     reaches an accuracy of 0.986 on the shipped test split, so the task tests how ragged \
     sequences are handled, not whether recurrence is needed. With 370 test sequences, one \
     more or less correct moves the accuracy by 0.0027.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    validation: f64,
    split_seed: u64,
    standardize: bool,
    path: Option<PathBuf>,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let folder = config.path.unwrap_or_else(|| context.datasets.join(ENTRY.name));
    let task = load(&Problem {
        folder,
        problem: "JapaneseVowels",
        advice: "the data come with this project, in datasets/japanese_vowels; the option `path` \
                 names another folder",
        validation: config.validation,
        split_seed: config.split_seed,
        standardize: config.standardize,
        standardize_each: false,
        missing: Missing::Refuse,
        summary: ENTRY.summary.into(),
        limits: LIMITS,
    })?;
    Ok(Box::new(task))
}
