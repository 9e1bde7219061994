//! From the text to the plan, stage by stage; none stops at the first problem.

use std::path::Path;

use crate::catalogue::Catalogue;
use crate::key::checker::Checker;
use crate::plan::build::build;
use crate::plan::experiment::Experiment;
use crate::section::list::vocabulary;
use crate::section::written::Written;
use crate::text::place::Sources;
use crate::text::problem::Rejected;
use crate::tree::value::Table;
use crate::tree::{extends, overrides, parse};

/// An experiment file as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Where it is, as the user wrote it; messages show it.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
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
    let file = parse::parse(source.text, Sources::FILE);
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
    let words = vocabulary(catalogue);
    let mut checker = Checker { words: &words, sources: &sources, problems };
    let written = Written::read(file, command, &mut checker);
    let experiment = build(&written, catalogue, &mut checker);
    let Checker { problems, .. } = checker;
    match experiment {
        Some(experiment) => Ok(Experiment { extended, ..experiment }),
        None => Err(Rejected::new(&sources, problems)),
    }
}
