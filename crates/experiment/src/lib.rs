//! Experiment file to validated plan.
//!
//! A file is read in four steps, none of which stops at the first problem:
//!
//! 1. `tree`, `overrides`: text to a tree in which every key and value knows its place.
//! 2. `draft`, `task`, `check`: each part of the tree is checked against the tables of
//!    keys (`words` and the [`Catalogue`]) and becomes a layer of settings.
//! 3. `arms`, `planned`, `complete`, `resolve`: for every arm on every task the layers
//!    are laid over the defaults. From below: `[model]` and `[train]`, the task's own
//!    `train`, the command line, the arm. An arm is above the command line because it is
//!    defined by what it changes.
//! 4. `changes`, `labels`: what the plan says of its arms, tasks and folders.
//!
//! Nothing is written and no device is touched.

mod arms;
mod catalogue;
mod changes;
mod check;
mod complete;
mod draft;
mod labels;
mod nearest;
mod overrides;
mod place;
mod planned;
mod problem;
mod resolve;
mod task;
mod tree;
mod words;

use std::fmt;
use std::path::Path;

use serde_json::Value;
use store::Plan;

pub use catalogue::{Catalogue, Entry, TaskFacts};
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

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The default of its key.
    Default,
    /// `[model]`, `[train]` or the top of the file.
    File {
        /// Line in the file, from 1.
        line: usize,
    },
    /// A `[[task]]`.
    Task {
        /// Line in the file, from 1.
        line: usize,
    },
    /// An `[[arm]]`.
    Arm {
        /// Line in the file, from 1.
        line: usize,
    },
    /// The command line.
    CommandLine {
        /// The whole argument: `train.steps=50`.
        argument: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File { line } => write!(f, "line {line}"),
            Self::Task { line } => write!(f, "[[task]], line {line}"),
            Self::Arm { line } => write!(f, "[[arm]], line {line}"),
            Self::CommandLine { .. } => write!(f, "command line"),
        }
    }
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
    let sources = Sources::new(source.path, source.text, overrides);
    let mut problems = Vec::new();
    let mut command = Table::default();
    for (i, argument) in overrides.iter().enumerate() {
        match overrides::parse(argument, i + 1) {
            Ok(table) => overrides::merge(&mut command, table),
            Err(wrong) => problems.extend(wrong),
        }
    }
    let file = match tree::parse(source.text, Sources::FILE) {
        Ok(file) => file,
        Err(wrong) => {
            problems.extend(wrong);
            return Err(Rejected::new(&sources, problems));
        }
    };
    let words = Words::new(catalogue);
    let mut checker = Checker { words: &words, sources: &sources, problems };
    let draft = Draft::read(&file, &command, &mut checker);
    let experiment = resolve::resolve(&draft, catalogue, &mut checker);
    let Checker { problems, .. } = checker;
    experiment.ok_or_else(|| Rejected::new(&sources, problems))
}
