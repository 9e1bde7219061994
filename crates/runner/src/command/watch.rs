//! `watch`: the dashboard on results folders.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use dashboard::Owner;

use crate::exit::{Exit, Failure};
use crate::sweep::opened::existing;

/// Shows the dashboard until the user leaves.
///
/// # Errors
/// [`Failure::Usage`] if a folder holds no sweep or there is no terminal.
pub fn run(folders: &[PathBuf]) -> Result<Exit, Failure> {
    let sweeps = folders.iter().map(|folder| Ok(existing(folder)?.0));
    let sweeps = sweeps.collect::<Result<Vec<_>, Failure>>()?;
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "watch needs a terminal; `status` prints the same as plain text",
        ));
    }
    dashboard::show(&sweeps, Owner::Watcher, None, &|| false).map_err(Failure::usage)?;
    Ok(Exit::Done)
}
