//! `report`: writes the report of a results folder.

use report::{Options, ReportError, Written};
use store::{StoreError, SweepFolder};

use crate::arguments::ReportArguments;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::sweep::opened::existing;

/// Writes the report and prints the paths of its files.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or the report cannot be written.
pub fn run(arguments: &ReportArguments) -> Result<Exit, Failure> {
    let (sweep, _) = existing(&arguments.folder)?;
    let options = Options { formats: arguments.format.clone(), to: arguments.to.clone() };
    let written = write(&sweep, &options)?;
    for path in written.paths {
        say::print(format_args!("{}", path.display()));
    }
    Ok(Exit::Done)
}

/// Writes the report.
///
/// # Errors
/// [`Failure::Usage`] with what to do if it cannot be written, [`Failure::Internal`] if it
/// cannot be made.
pub fn write(sweep: &SweepFolder, options: &Options) -> Result<Written, Failure> {
    report::write(sweep, options).map_err(|error| match error {
        ReportError::Store(error @ StoreError::Write { .. }) => {
            let results = sweep.path().display();
            let next = format!("write it elsewhere with: runner report {results} --to DIR");
            Failure::usage(format!("{error}; the results are safe: make room, or {next}"))
        }
        ReportError::Store(error @ StoreError::Damaged { .. }) => Failure::usage(error),
        error => anyhow::Error::from(error).context("cannot make the report").into(),
    })
}
