//! A run that is to be done, and how far.

use store::{Fingerprint, Reach, RunFolder};

/// A run to do.
#[derive(Debug, Clone)]
pub struct QueuedRun {
    /// The caller's number of it; each run has its own.
    pub index: usize,
    /// What it is called for people.
    pub label: String,
    /// Its folder.
    pub folder: RunFolder,
    /// Whether it is run although its last attempt failed.
    pub rerun_failed: bool,
    /// If its folder holds what other code or data than this computed, that is moved away
    /// and the run begins anew.
    pub replace: Option<Fingerprint>,
    /// How far it goes, as its command says. One that was stopped at a rung before that
    /// goes on: what it competed with has changed.
    pub reach: Reach,
}

impl QueuedRun {
    /// A run that goes on from where it is to its end.
    pub fn new(index: usize, label: impl Into<String>, folder: RunFolder) -> Self {
        let label = label.into();
        let (rerun_failed, replace, reach) = (false, None, Reach::End);
        Self { index, label, folder, rerun_failed, replace, reach }
    }
}
