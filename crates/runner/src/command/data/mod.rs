//! `data`: looks at data before anything is trained on them.

mod check;
mod describe;
mod example;

use std::path::{Path, PathBuf};

use tasks::dataset::MANIFEST;

use crate::arguments::DataCommand;
use crate::exit::{Exit, Failure};

/// Runs one of its commands.
///
/// # Errors
/// [`Failure::Usage`] for data and names that are wrong.
pub fn run(command: DataCommand, datasets: &Path) -> Result<Exit, Failure> {
    match command {
        DataCommand::Check { path } => check::run(&folder(path), datasets),
        DataCommand::Describe { path } => describe::run(&folder(path), datasets),
        DataCommand::Example { name, options, count, seed } => {
            example::run(&name, &options, count.into(), seed, datasets)
        }
    }
}

/// The folder of a data set, of which the manifest may be named as well.
fn folder(path: PathBuf) -> PathBuf {
    if path.file_name().is_some_and(|name| name == MANIFEST) {
        return path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    }
    path
}
