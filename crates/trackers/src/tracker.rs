//! What a tracker is told.

use std::fmt;

use store::Event;

use crate::{Run, TrackerError};

/// A place outside the results folder's own files where results are looked at.
///
/// The follower calls it from one thread. For each run it first calls [`Tracker::run_began`] or
/// [`Tracker::run_resumed`], then [`Tracker::events`] as often as there are new ones. After an error
/// it calls [`Tracker::run_resumed`] again, with the last mark that it was given.
pub trait Tracker: Send {
    /// The word that names it, also in `trackers.json`.
    fn name(&self) -> &'static str;

    /// A run is told from its first event on. What is there of it under the same names is of an
    /// earlier one and goes.
    ///
    /// # Errors
    /// What could not be written.
    fn run_began(&mut self, run: &Run) -> Result<(), TrackerError>;

    /// A run goes on after the events that gave `mark`. What was written later is taken back: it
    /// will be told again. Returns `false` where what was written until then is no longer there, so
    /// that the run is told from its first event on.
    ///
    /// # Errors
    /// What could not be read or written.
    fn run_resumed(&mut self, run: &Run, mark: u64) -> Result<bool, TrackerError>;

    /// What is new of a run, in order. Returns a mark by which [`Tracker::run_resumed`] finds this
    /// place again.
    ///
    /// # Errors
    /// What could not be written.
    fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError>;

    /// What the user should know and was not told yet.
    fn notices(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Nothing will be told any more. May wait a few seconds, never longer.
    fn finish(&mut self) {}
}

/// Something about a tracker that the user should know; the sweep goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The tracker's name; `None` where it is about all of them.
    pub tracker: Option<&'static str>,
    /// What happened, in a sentence without a full stop. Holds text from users as it is.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tracker {
            Some(name) => write!(f, "tracker {name}: {}", self.message),
            None => write!(f, "trackers: {}", self.message),
        }
    }
}
