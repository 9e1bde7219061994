//! Any problem of the UCR and UEA time series archives: which class a series has, or which
//! value a regression asks for.
//!
//! The files `path/problem_TRAIN.ts` and `path/problem_TEST.ts` are read as they come; where
//! there are none, `.arff`, then the plain text of the older archive (`.tsv`, `.csv`, `.txt`
//! or no ending: the label, then the values). One channel or several, equal or unequal
//! lengths, missing values, labels of any text.
//!
//! ```text
//! [[task]]
//! kind    = "time_series"
//! path    = "archives/UCR/GunPoint"
//! problem = "GunPoint"
//! ```
//!
//! Dau et al. 2019 (arXiv:1810.07758), Bagnall et al. 2018 (arXiv:1811.00075). The given split
//! into training and test is kept, as in most published results; validation is taken from the
//! training file, so there is less to train on than in work that has no validation.

use std::path::PathBuf;

use schema::{Key, Kind, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::{MISSING, Missing, Problem, SPLIT_SEED, STANDARDIZE, VALIDATION, load};
use crate::{Context, Task, TaskEntry, TaskError};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "time_series",
    summary: "the class, or the value, of a series: any problem of the UCR and UEA archives",
    about: include_str!("time_series.rs"),
    keys: &[
        Key::required(
            "path",
            Kind::Text,
            "Folder of the two files, absolute or from the folder that the program is started in.",
        ),
        Key::required("problem", Kind::Text, "What the names of the two files begin with."),
        VALIDATION,
        SPLIT_SEED,
        STANDARDIZE,
        Key::optional(
            "standardize_each",
            Kind::Boolean,
            "Before that, subtract from each sequence its own mean of each channel and divide by \
             its own standard deviation (z-normalisation): only its shape is left. Without it \
             false.",
        ),
        MISSING,
    ],
    build,
};

const LIMITS: &str = "What it shows depends on the problem; many of these archives are solved by \
     order-blind statistics, and many have too few cases to tell two good models apart. Put \
     feed_forward beside what is compared.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    path: PathBuf,
    problem: String,
    validation: f64,
    split_seed: u64,
    standardize: bool,
    #[serde(default)]
    standardize_each: bool,
    missing: Missing,
}

fn build(options: &Options, _: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let task = load(&Problem {
        folder: config.path,
        problem: &config.problem,
        advice: "the option `path` names the folder and `problem` what its files begin with; the \
                 archives are at timeseriesclassification.com",
        validation: config.validation,
        split_seed: config.split_seed,
        standardize: config.standardize,
        standardize_each: config.standardize_each,
        missing: config.missing,
        summary: format!("what a series of the problem {} is", config.problem),
        limits: LIMITS,
    })?;
    Ok(Box::new(task))
}
