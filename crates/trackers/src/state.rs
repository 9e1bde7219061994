//! How far each tracker was told: `trackers.json`, and the lock that goes with it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;

use serde::{Deserialize, Serialize};
use store::{Stored, read_json, set_damaged_aside, to_sealed_json, write_atomically};

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
        let path = folder.join(FILE);
        Ok(write_atomically(&path, to_sealed_json(&path, self)?.as_bytes())?)
    }

    pub(crate) fn told(&self, tracker: &str, place: &str) -> Option<&Told> {
        self.trackers.get(tracker)?.get(place)
    }

    pub(crate) fn tell(&mut self, tracker: &str, place: &str, told: Told) {
        self.trackers.entry(tracker.to_owned()).or_default().insert(place.to_owned(), told);
    }
}

/// Takes the lock of whoever follows the folder; `None` while another process has it. It is let go
/// when it is dropped or the process ends.
pub(crate) fn lock(folder: &Path) -> Result<Option<File>, TrackerError> {
    let path = folder.join(".trackers");
    let failed = |source| TrackerError::Lock { path: path.clone(), source };
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}
