//! `check`: holds everything in a results folder against its checksums.

use std::path::Path;

use store::{Finding, SweepFolder};
use text::counted;

use crate::exit::{Exit, Failure};
use crate::output::say;

/// Prints what is damaged, torn, edited by hand or of another version; writes nothing.
///
/// # Errors
/// [`Failure::Usage`] if the folder is no results folder or cannot be listed.
pub fn run(folder: &Path) -> Result<Exit, Failure> {
    if !["plan.json", "runs"].iter().any(|name| folder.join(name).exists()) {
        let path = folder.display();
        return Err(Failure::usage(format!("{path} holds neither plan.json nor runs/")));
    }
    let checked = SweepFolder::new(folder).check().map_err(Failure::usage)?;
    let print = |findings: &[Finding], word: &str| {
        for Finding { path, what } in findings {
            say::print(format_args!("{word}{}: {what}", path.display()));
        }
    };
    print(&checked.damaged, "");
    print(&checked.noted, "note: ");
    let files = counted(checked.files, "file");
    if checked.damaged.is_empty() {
        say::note(format_args!("{files} looked at: all are as they were written"));
        return Ok(Exit::Done);
    }
    let found = counted(checked.damaged.len(), "thing");
    say::note(format_args!(
        "{files} looked at, {found} wrong: `run` sets aside what is damaged, and --rerun failed \
         does again what was lost with it"
    ));
    Ok(Exit::RunFailed)
}
