//! `compare`: sweeps beside each other.

use report::{Page, ReportError};

use crate::arguments::{CompareArguments, PageFormat};
use crate::exit::{Exit, Failure};
use crate::sweep::opened::existing;

/// Prints what changed from the first sweep to each of the others.
///
/// # Errors
/// [`Failure::Usage`] if a folder holds no sweep or two have nothing in common.
pub fn run(arguments: &CompareArguments) -> Result<Exit, Failure> {
    let sweeps = arguments.folders.iter().map(|folder| Ok(existing(folder)?.0));
    let sweeps = sweeps.collect::<Result<Vec<_>, Failure>>()?;
    let page = match arguments.format {
        PageFormat::Md => Page::Markdown,
        PageFormat::Html => Page::Html,
    };
    let text = report::compare(&sweeps, page).map_err(|error| match error {
        ReportError::NothingInCommon { .. } | ReportError::Store(_) => Failure::usage(error),
        error => anyhow::Error::from(error).context("cannot compare").into(),
    })?;
    // What is hidden is shown already, as the format has it.
    anstream::print!("{text}");
    Ok(Exit::Done)
}
