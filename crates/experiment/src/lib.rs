//! Experiment file to validated plan.
//!
//! A file becomes a plan in stages, one folder each, which use only those before them. None of
//! them stops at the first problem.
//!
//! 1. `text`: the file, places in it, and messages that point there.
//! 2. `tree`: text to a tree in which every key and value knows its place; a file over the file
//!    that it extends; the command line as a tree.
//! 3. `section`: a file for each section. Its part of the tree is checked against the tables of
//!    keys (`words` and the [`Catalogue`]) and becomes settings; `draft` is all of them,
//!    `reference` describes them.
//! 4. `combine`: the tasks and arms that there are, at every point of `[grid]`, `[zip]` and
//!    `[random]`, and claims and seeds held against them.
//! 5. `plan`: for every arm on every task the layers are laid over the defaults. From below:
//!    `[model]` and `[train]`, the task's own `train`, the command line, the arm, the point, the
//!    candidate of `[tune]`, the width of `[budget]`. An arm is above the command line because it
//!    is defined by what it changes.
//!
//! Nothing is written and no device is touched.

mod combine;
mod plan;
mod section;
mod text;
mod tree;

pub use plan::experiment::{Experiment, Unused};
pub use section::catalogue::{Catalogue, Entry, TaskFacts};
pub use section::layers::Resolved;
pub use section::reference;
pub use text::file::{FileError, Source, read};
pub use text::origin::{Origin, Part};
pub use text::problem::{Problem, Rejected};
pub use tree::extends::Extended;

use plan::resolve;
use section::checker::Checker;
use section::draft::Draft;
use section::words::Words;
use text::place::Sources;
use tree::node::{self, Table};
use tree::{extends, overrides};

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
    let file = node::parse(source.text, Sources::FILE);
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
