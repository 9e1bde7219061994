//! Experiment file to validated plan.
//!
//! A file is read in five steps, none of which stops at the first problem:
//!
//! 1. `tree`, `extends`, `overrides`: text to a tree in which every key and value knows its
//!    place; a file over the file that it extends.
//! 2. `draft`, `task`, `axes`, `check` and a file for each section (`budget`, `claim`,
//!    `rungs`, `seeding`, `tune`): each part of the tree is checked against the tables of
//!    keys (`words` and the [`Catalogue`]) and becomes a layer of settings.
//! 3. `sweep`, `random`, `arms`: the tasks and arms that there are, at every point of
//!    `[grid]`, `[zip]` and `[random]`.
//! 4. `resolve`, `planned`, `complete`, `decide`: for every arm on every task the layers
//!    are laid over the defaults. From below: `[model]` and `[train]`, the task's own
//!    `train`, the command line, the arm, the point, the candidate of `[tune]`, the width
//!    of `[budget]`. An arm is above the command line because it is defined by what it
//!    changes.
//! 5. `changes`, `labels`, `notes`: what the plan says of its arms, tasks and folders.
//!
//! Nothing is written and no device is touched.

mod arms;
mod axes;
mod budget;
mod catalogue;
mod changes;
mod check;
mod claim;
mod complete;
mod decide;
mod draft;
mod extends;
mod file;
mod labels;
mod nearest;
mod notes;
mod origin;
mod overrides;
mod place;
mod planned;
mod problem;
mod random;
pub mod reference;
mod resolve;
mod rungs;
mod seeding;
mod sweep;
mod task;
mod tree;
mod tune;
mod words;

use std::path::{Path, PathBuf};

use serde_json::Value;
use store::Plan;

pub use catalogue::{Catalogue, Entry, TaskFacts};
pub use file::{FileError, read};
pub use origin::{Origin, Part};
pub use problem::{Problem, Rejected};

use check::Checker;
use draft::Draft;
use place::Sources;
use tree::Table;
use words::Words;

/// An experiment file as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where it is, as the user wrote it; messages show it.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
}

/// A checked experiment: the plan, and what `plan` shows beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// What is to be run.
    pub plan: Plan,
    /// Every resolved value of each of the plan's conditions, in the same order.
    pub values: Vec<Vec<Resolved>>,
    /// Options that are given and checked, but belong to an architecture that the arm
    /// does not select.
    pub unused: Vec<Unused>,
    /// Sentences about what is allowed but probably not meant.
    pub warnings: Vec<String>,
    /// Sentences about what the file's sections come to: widths that were chosen, runs of
    /// tuning, seeds that the comparisons need.
    pub notes: Vec<String>,
    /// The files that the experiment file extends, the next one first.
    pub extended: Vec<Extended>,
}

/// A file that the experiment file extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// A value of a resolved configuration and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Dotted key, as in the file: `train.steps`.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// An option of an architecture that an arm does not select.
#[derive(Debug, Clone, PartialEq)]
pub struct Unused {
    /// Index into the plan's arms.
    pub arm: usize,
    /// Dotted key: `model.lstm.forget_bias`.
    pub key: String,
    /// Where it was given.
    pub origin: Origin,
}

/// Reads an experiment file and `key=value` overrides into a checked plan.
///
/// # Errors
/// [`Rejected`] holds everything that is wrong, not only the first of it.
pub fn load(
    source: Source<'_>,
    overrides: &[String],
    catalogue: &dyn Catalogue,
) -> Result<Experiment, Rejected> {
    let mut sources = Sources::new(source.path, source.text);
    let mut problems = Vec::new();
    let file = tree::parse(source.text, Sources::FILE);
    let file = match file {
        Ok(file) => extends::extend(file, source.path, &mut sources, &mut problems),
        Err(wrong) => {
            problems.extend(wrong);
            None
        }
    };
    let mut command = Table::default();
    for argument in overrides {
        let index = sources.add_override(argument);
        match overrides::parse(argument, index) {
            Ok(table) => command.lay_over(table),
            Err(wrong) => problems.extend(wrong),
        }
    }
    let Some((file, extended)) = file else { return Err(Rejected::new(&sources, problems)) };
    let words = Words::new(catalogue);
    let mut checker = Checker { words: &words, sources: &sources, problems };
    let draft = Draft::read(file, command, &mut checker);
    let experiment = resolve::resolve(&draft, catalogue, &mut checker);
    let Checker { problems, .. } = checker;
    match experiment {
        Some(experiment) => Ok(Experiment { extended, ..experiment }),
        None => Err(Rejected::new(&sources, problems)),
    }
}
