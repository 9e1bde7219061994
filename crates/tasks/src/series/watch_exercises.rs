//! Watch exercises: which of seven shoulder exercises does somebody do, from the sensors of a
//! watch?
//!
//! Burns et al. 2018 (seglearn, JMLR 19:1-7): acceleration and rotation, six channels at
//! 12.5 Hz (means of four samples at 50 Hz), 140 recordings of ten people. Whoever is in the test
//! part is in no other: the question is about people never seen.

use schema::Options;
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::{Missing, Problem, SPLIT_SEED, STANDARDIZE, VALIDATION, load};
use crate::{Context, Task, TaskEntry, TaskError};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "watch_exercises",
    summary: "which of 7 exercises somebody does, from 6 motion channels of a watch over hundreds \
              of steps",
    about: include_str!("watch_exercises.rs"),
    keys: &[VALIDATION, SPLIT_SEED, STANDARDIZE],
    build,
};

const LIMITS: &str = "Order-blind statistics of each channel reach an accuracy of 0.83 on people \
     never seen. The files do not say who is who, so validation mixes people with training and is \
     kinder than the test. With some 40 test recordings, one more or less correct moves the \
     accuracy by about 0.02.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    validation: f64,
    split_seed: u64,
    standardize: bool,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let task = load(&Problem {
        folder: context.datasets.join(ENTRY.name),
        problem: "WatchExercises",
        advice: "the data come with this project, in datasets/watch_exercises",
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
