//! `watch`: the dashboard on a results folder.

use std::io::IsTerminal as _;
use std::path::Path;

use dashboard::Owner;

use crate::exit::{Exit, Failure};
use crate::sweep::opened::existing;

/// Shows the dashboard until the user leaves.
///
/// # Errors
/// [`Failure::Usage`] if the folder holds no sweep or there is no terminal.
pub fn run(folder: &Path) -> Result<Exit, Failure> {
    let (sweep, _) = existing(folder)?;
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(Failure::usage(
            "watch needs a terminal; `status` prints the same as plain text",
        ));
    }
    dashboard::show(&sweep, Owner::Watcher, None, &|| false).map_err(Failure::usage)?;
    Ok(Exit::Done)
}
