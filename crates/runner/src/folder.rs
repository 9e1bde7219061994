//! What lies in a folder.

use std::fs;
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// Everything in a folder, by name.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read.
pub fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = || -> std::io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = read()
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", folder.display())))?;
    paths.sort_unstable();
    Ok(paths)
}

/// The experiment files in a folder, by name, without those of folders in it.
///
/// # Errors
/// [`Failure::Usage`] if it cannot be read.
pub fn experiment_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut files = entries(folder)?;
    files.retain(|path| path.extension().is_some_and(|end| end == "toml") && path.is_file());
    Ok(files)
}
