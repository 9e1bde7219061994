//! How far each tracker was told: `trackers.json`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use store::{Stored, read_json, set_damaged_aside, write_json};

use crate::TrackerError;

const FILE: &str = "trackers.json";

/// How far a tracker was told of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// Identity of the run's configuration.
    pub(crate) identity: String,
    /// Digest of the first line of its events: a run that was set aside begins another file.
    pub(crate) first: String,
    /// Bytes of events that were told.
    pub(crate) offset: u64,
    /// What the tracker said then.
    pub(crate) mark: u64,
}

/// How far each tracker was told of each run, by its name and the run's place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    format: u32,
    pub(crate) trackers: BTreeMap<String, BTreeMap<String, Told>>,
}

impl Stored for State {
    const FORMAT: u32 = 1;
    const SEALED: u32 = 1;

    fn format(&self) -> u32 {
        self.format
    }
}

impl State {
    pub(crate) fn empty() -> Self {
        Self { format: Self::FORMAT, trackers: BTreeMap::new() }
    }

    /// What is there. A file that is not to be believed is set aside, and `warn` is told: the
    /// trackers begin anew.
    pub(crate) fn read(folder: &Path, warn: impl FnOnce(String)) -> Result<Self, TrackerError> {
        let path = folder.join(FILE);
        match read_json(&path) {
            Ok(state) => Ok(state.unwrap_or_else(Self::empty)),
            Err(error) => {
                let Some(reason) = error.fault() else { return Err(error.into()) };
                set_damaged_aside(&path, folder, FILE)?;
                warn(format!("{reason}; it was set aside, and every event is told anew"));
                Ok(Self::empty())
            }
        }
    }

    pub(crate) fn write(&self, folder: &Path) -> Result<(), TrackerError> {
        Ok(write_json(&folder.join(FILE), self)?)
    }

    pub(crate) fn told(&self, tracker: &str, place: &str) -> Option<&Told> {
        self.trackers.get(tracker)?.get(place)
    }

    pub(crate) fn tell(&mut self, tracker: &str, place: &str, told: Told) {
        self.trackers.entry(tracker.to_owned()).or_default().insert(place.to_owned(), told);
    }
}
