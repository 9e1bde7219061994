//! `clean`: removes run folders that are of no use any more.

use store::CleanChoice;

use crate::arguments::CleanArguments;
use crate::exit::{Exit, Failure};
use crate::output::say;
use crate::provenance;
use crate::sweep::opened::existing;

/// Lists the run folders that were chosen, and removes them.
///
/// # Errors
/// [`Failure::Usage`] if nothing was chosen, or a folder cannot be read or removed.
pub fn run(arguments: &CleanArguments) -> Result<Exit, Failure> {
    let CleanArguments { folder, failed, stale, unplanned, dry_run } = arguments;
    let stale = stale.then_some(provenance::CODE);
    let choice = CleanChoice { failed: *failed, stale, unplanned: *unplanned };
    if choice == CleanChoice::default() {
        let text = "say what to remove: --failed, --stale or --unplanned";
        return Err(Failure::usage(text));
    }
    let (sweep, plan) = existing(folder)?;
    let found = sweep.removable(&plan, choice).map_err(Failure::usage)?;
    let (mut runs, mut bytes) = (0, 0);
    for removable in &found {
        let path = removable.path.display();
        if !dry_run && !sweep.remove(removable).map_err(Failure::usage)? {
            say::note(format_args!("kept, since a worker holds it by now: {path}"));
            continue;
        }
        say::print(format_args!("{path}  {}", removable.why));
        runs += 1;
        bytes += removable.bytes;
    }
    let megabytes = bytes as f64 / 1e6;
    let word = if *dry_run { "would be removed" } else { "removed" };
    say::note(format_args!("{runs} run folders, {megabytes:.1} MB: {word}"));
    Ok(Exit::Done)
}
