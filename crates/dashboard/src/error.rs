//! Errors of showing a sweep.

use std::io;

use store::StoreError;

/// Errors of showing a sweep.
#[derive(Debug, thiserror::Error)]
pub enum DashboardError {
    /// The folder has no plan that could be read, so there is nothing to show.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The terminal refused: it went away, or it is none.
    #[error("cannot draw on the terminal: {0}; `--progress plain` needs none")]
    Terminal(#[from] io::Error),
}
