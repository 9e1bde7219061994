//! `report`: writes the report of a results folder.

use anyhow::Context as _;

use crate::arguments::ReportArguments;
use crate::exit::{Exit, Failure};
use crate::say;
use crate::sweep::existing;

/// Writes the report and prints the paths of its files.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep.
pub fn run(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let (sweep, _) = existing(&arguments.folder)?;
    let options = report::Options { formats: arguments.format.clone() };
    let written = report::write(&sweep, &options).context("cannot write the report")?;
    for path in written.paths {
        say::print(format_args!("{}", path.display()));
    }
    Ok(Exit::Done)
}
