//! Errors of trackers.

use std::io;
use std::path::Path;

use store::StoreError;

/// Errors of trackers. None of them ends a sweep.
#[derive(Debug, thiserror::Error)]
pub enum TrackerError {
    /// The results folder or a file of the tracker's could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The command that gets the events could not be started.
    #[error("cannot start the command \"{command}\": {source}")]
    Start {
        /// The command.
        command: String,
        /// Why.
        source: io::Error,
    },
    /// A word that names no tracker.
    #[error("\"{word}\" is not a tracker: use {known}")]
    Word {
        /// The word.
        word: String,
        /// The words that name one.
        known: String,
    },
}

/// What could not be read, by its path.
pub(crate) fn unread(path: &Path) -> impl FnOnce(io::Error) -> TrackerError {
    move |source| StoreError::Read { path: path.into(), source }.into()
}

/// What could not be written, by its path.
pub(crate) fn unwritten(path: &Path) -> impl FnOnce(io::Error) -> TrackerError {
    move |source| StoreError::Write { path: path.into(), source }.into()
}
