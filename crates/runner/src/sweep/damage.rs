//! What is damaged in a results folder.

use store::SetAside;

use crate::exit::Failure;
use crate::output::say;
use crate::sweep::opened::Sweep;

/// Sets aside what is damaged, and says what.
///
/// # Errors
/// [`Failure::Usage`] if the folder cannot be read or changed.
pub fn set_damage_aside(sweep: &Sweep) -> Result<(), Failure> {
    let aside = sweep.folder.mend(&sweep.experiment.plan).map_err(Failure::usage)?;
    for SetAside { path, to, reason } in &aside {
        let name = to.file_name().unwrap_or_default().to_string_lossy();
        let path = path.display();
        say::note(format_args!("damaged: {path}: {reason}; set aside as {name}"));
    }
    Ok(())
}
