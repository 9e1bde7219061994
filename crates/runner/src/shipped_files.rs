//! Where data sets and examples are: in the present folder as in a checkout, else those that the
//! program carries.

use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::output::say;

/// The folder of the data sets: the one that is given, that of the present folder, or the program's.
///
/// # Errors
/// [`Failure::Usage`] if the program's cannot be unpacked.
pub fn datasets(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let here = Path::new("datasets");
    match given {
        Some(folder) => Ok(folder.to_owned()),
        None if here.is_dir() => Ok(here.to_owned()),
        None => Ok(folder()?.join("datasets")),
    }
}

/// A file or folder of experiments: as it is named, or where it is not there, and is one of
/// `experiments/`, the program's.
///
/// # Errors
/// [`Failure::Usage`] if the program's cannot be unpacked.
pub fn experiments(named: &Path) -> Result<PathBuf, Failure> {
    let is_of_ours = named.is_relative() && named.starts_with("experiments");
    if !is_of_ours || named.exists() || Path::new("experiments").exists() {
        return Ok(named.to_owned());
    }
    let shipped = folder()?.join(named);
    Ok(if shipped.exists() { shipped } else { named.to_owned() })
}

/// How a file of [`experiments`] is named to be found again.
pub fn name(path: &Path) -> PathBuf {
    let parts: Vec<_> = path.iter().collect();
    let at = parts.iter().rposition(|part| *part == "experiments").unwrap_or(0);
    parts[at..].iter().collect()
}

fn folder() -> Result<PathBuf, Failure> {
    shipped::folder(|to| {
        say::note(format_args!("data sets and examples are unpacked to {}", to.display()));
    })
    .map_err(Failure::usage)
}
