//! TensorBoard: an event file for each run, appended to while it trains.
//!
//! The mark of a run is the length of its file.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use store::{Event, EventKind, SweepFolder};

use crate::error::{unread, unwritten};
use crate::{Run, Tracker, TrackerError, records};

/// Event files under `DIR/tensorboard/ARM/TASK/seed-N/`.
#[derive(Debug)]
pub struct TensorBoard {
    folder: PathBuf,
    /// The files that runs are told to, by the run's place.
    files: HashMap<String, PathBuf>,
}

impl TensorBoard {
    /// Its word.
    pub const NAME: &'static str = "tensorboard";

    /// In the results folder of a sweep; nothing is written yet.
    pub fn new(sweep: &SweepFolder) -> Self {
        Self { folder: sweep.path().join("tensorboard"), files: HashMap::new() }
    }

    /// A new file of a run. It is named by time, and later names are read later: a TensorBoard that
    /// is open goes from the file of an earlier run that was here to this one.
    fn create(&mut self, run: &Run, started: f64) -> Result<PathBuf, TrackerError> {
        let folder = self.folder.join(&run.place);
        fs::create_dir_all(&folder).map_err(unwritten(&folder))?;
        let path = folder.join(format!("{BEGIN}{:010}{END}", started.max(0.0) as u64));
        fs::write(&path, records::version(started)).map_err(unwritten(&path))?;
        self.files.insert(run.place.clone(), path.clone());
        Ok(path)
    }
}

const BEGIN: &str = "events.out.tfevents.";
const END: &str = ".unroll";

/// The event files of ours in a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TrackerError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unread(folder))?,
    };
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(BEGIN) && name.ends_with(END))
    };
    Ok(entries.flatten().map(|entry| entry.path()).filter(is_ours).collect())
}

impl Tracker for TensorBoard {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn run_began(&mut self, run: &Run) -> Result<(), TrackerError> {
        self.files.remove(&run.place);
        for path in files(&self.folder.join(&run.place))? {
            fs::remove_file(&path).map_err(unwritten(&path))?;
        }
        Ok(())
    }

    fn run_resumed(&mut self, run: &Run, mark: u64) -> Result<bool, TrackerError> {
        let [path] = &files(&self.folder.join(&run.place))?[..] else { return Ok(false) };
        let length = fs::metadata(path).map_err(unread(path))?.len();
        if length < mark {
            return Ok(false);
        }
        if length > mark {
            let file = OpenOptions::new().write(true).open(path).map_err(unwritten(path))?;
            file.set_len(mark).map_err(unwritten(path))?;
        }
        self.files.insert(run.place.clone(), path.clone());
        Ok(true)
    }

    fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError> {
        let started = events.first().map_or(0.0, |event| event.time);
        let path = match self.files.get(&run.place) {
            Some(path) => path.clone(),
            None => self.create(run, started)?,
        };
        let told = |event: &Event| match event.kind {
            EventKind::Started { step, .. } => records::restart(event.time, step),
            _ => records::scalars(event),
        };
        let bytes: Vec<u8> = events.iter().flat_map(told).collect();
        let append = || {
            let mut file = OpenOptions::new().append(true).open(&path)?;
            file.write_all(&bytes)?;
            file.metadata()
        };
        let length = append().map_err(unwritten(&path))?.len();
        Ok(length)
    }
}

#[cfg(test)]
mod tests;
