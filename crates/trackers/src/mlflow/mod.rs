//! MLflow: the file store that its client and its pages read.
//!
//! | file under `DIR/mlruns/` | what it says |
//! |---|---|
//! | `EXPERIMENT/meta.yaml` | the sweep |
//! | `EXPERIMENT/RUN/meta.yaml` | when a run began and how it stands |
//! | `EXPERIMENT/RUN/params/KEY` | one key of the resolved configuration |
//! | `EXPERIMENT/RUN/metrics/SPLIT/METRIC` | lines of milliseconds, value, step |
//! | `EXPERIMENT/RUN/tags/KEY` | arm, task, seed, outcome |
//!
//! EXPERIMENT and RUN are hashes of names, so that both are found again. The mark of a run is the
//! number of bytes of its metrics. Each metric has one line a step, the last attempt's: telling it an
//! event again changes nothing.

mod curves;
mod run_files;
mod yaml;

use std::collections::HashMap;
use std::path::PathBuf;

use store::{Event, SweepFolder};

use crate::{Run, Tracker, TrackerError};
use run_files::RunFiles;

/// `DIR/mlruns/`: one experiment for the sweep, one run for each arm, task and seed.
#[derive(Debug)]
pub struct Mlflow {
    folder: PathBuf,
    /// The runs that are told of, by their place.
    runs: HashMap<String, RunFiles>,
}

impl Mlflow {
    /// Its word.
    pub const NAME: &'static str = "mlflow";

    /// In the results folder of a sweep; nothing is written yet.
    pub fn new(sweep: &SweepFolder) -> Self {
        Self { folder: sweep.path().join("mlruns"), runs: HashMap::new() }
    }
}

impl Tracker for Mlflow {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn run_began(&mut self, run: &Run) -> Result<(), TrackerError> {
        self.runs.remove(&run.place);
        RunFiles::remove(&self.folder, run)
    }

    fn run_resumed(&mut self, run: &Run, mark: u64) -> Result<bool, TrackerError> {
        self.runs.remove(&run.place);
        let Some(files) = RunFiles::open(&self.folder, run)? else { return Ok(false) };
        let is_there = files.bytes()? >= mark;
        if is_there {
            self.runs.insert(run.place.clone(), files);
        }
        Ok(is_there)
    }

    fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError> {
        let mut files = match (self.runs.remove(&run.place), events.first()) {
            (Some(files), _) => files,
            (None, Some(first)) => RunFiles::create(&self.folder, run, first.time)?,
            // Nothing that could be told: the run is created by its first event.
            (None, None) => return Ok(0),
        };
        for event in events {
            files.tell(event)?;
        }
        files.settle()?;
        let mark = files.bytes()?;
        self.runs.insert(run.place.clone(), files);
        Ok(mark)
    }
}

#[cfg(test)]
mod tests;
