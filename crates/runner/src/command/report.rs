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
    for path in &written.paths {
        say::print(format_args!("{}", path.display()));
    }
    if arguments.check { check(&written) } else { Ok(Exit::Done) }
}

/// Says what the data say of each claim, and whether they bear all of them out.
fn check(written: &Written) -> Result<Exit, Failure> {
    if written.verdicts.is_empty() {
        let help = "write a [[claim]] in the experiment file (docs/experiment-file.md)";
        return Err(Failure::usage(format!("there is no claim to check: {help}")));
    }
    for judged in &written.verdicts {
        say::note(format_args!("{}", report::claim_line(judged)));
    }
    let open = written.verdicts.iter().filter(|it| !it.verdict.holds()).count();
    if open == 0 {
        return Ok(Exit::Done);
    }
    say::note(format_args!("{open} of {} not supported", written.verdicts.len()));
    Ok(Exit::NotSupported)
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
