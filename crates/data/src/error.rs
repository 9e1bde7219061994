//! What can be wrong with a data file.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

/// What can be wrong with a data file.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// It could not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of it breaks the rules of its format.
    #[error("{path}:{line}: {problem}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// The file as a whole breaks the rules of its format.
    #[error("{path}: {problem}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
}

impl DataError {
    /// A line, from 1, and what is wrong with it.
    pub fn line(path: &Path, line: usize, problem: impl fmt::Display) -> Self {
        Self::Line { path: path.into(), line, problem: problem.to_string() }
    }

    /// What is wrong with the file as a whole.
    pub fn file(path: &Path, problem: impl fmt::Display) -> Self {
        Self::File { path: path.into(), problem: problem.to_string() }
    }
}

/// The whole content of a file.
///
/// # Errors
/// [`DataError::Read`].
pub fn read_file(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|source| DataError::Read { path: path.into(), source })
}
