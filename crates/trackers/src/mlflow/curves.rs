//! The metrics of a run: a file each, with lines of milliseconds, value and step.
//!
//! A metric holds one line a step and steps in order: what an earlier attempt did at a step or
//! beyond it goes when a later one does it. A file is never empty, which MLflow takes for damaged.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use store::{Metrics, write_atomically};

use crate::TrackerError;
use crate::error::{unread, unwritten};
use crate::names::{IN_KEYS, safe};

/// The files of one run.
#[derive(Debug)]
pub(super) struct Curves {
    folder: PathBuf,
    /// The last step of each file, by its path.
    last: BTreeMap<PathBuf, u64>,
}

/// What a metric is of.
const SPLITS: [&str; 2] = ["training", "validation"];

impl Curves {
    /// Those that are in a folder; ends of lines that a crash cut off are removed.
    pub(super) fn open(folder: PathBuf) -> Result<Self, TrackerError> {
        let mut curves = Self { folder, last: BTreeMap::new() };
        for split in SPLITS {
            let folder = curves.folder.join(split);
            let entries = match fs::read_dir(&folder) {
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                entries => entries.map_err(unread(&folder))?,
            };
            for entry in entries.flatten() {
                // What a writer left that was killed while it replaced a file.
                if entry.file_name().as_encoded_bytes().starts_with(b".tmp") {
                    fs::remove_file(entry.path()).map_err(unwritten(&entry.path()))?;
                } else {
                    curves.keep(&entry.path(), |_| true)?;
                }
            }
        }
        Ok(curves)
    }

    /// Bytes of all files.
    pub(super) fn bytes(&self) -> Result<u64, TrackerError> {
        let length = |path: &PathBuf| Ok(fs::metadata(path).map_err(unread(path))?.len());
        self.last.keys().map(length).sum()
    }

    /// An attempt goes on from `step`.
    pub(super) fn restart(&mut self, step: u64) -> Result<(), TrackerError> {
        let beyond = self.last.iter().filter(|(_, last)| **last > step);
        for path in beyond.map(|(path, _)| path.clone()).collect::<Vec<_>>() {
            self.keep(&path, |it| it <= step)?;
        }
        Ok(())
    }

    /// Adds what was measured of a split at a step, at a time in milliseconds.
    pub(super) fn add(
        &mut self,
        split: &str,
        metrics: &Metrics,
        step: u64,
        milliseconds: i64,
    ) -> Result<(), TrackerError> {
        let folder = self.folder.join(split);
        fs::create_dir_all(&folder).map_err(unwritten(&folder))?;
        for (metric, value) in metrics {
            let path = folder.join(safe(metric, IN_KEYS));
            if self.last.get(&path).is_some_and(|last| *last >= step) {
                self.keep(&path, |it| it < step)?;
            }
            let line = format!("{milliseconds} {value} {step}\n");
            let open = OpenOptions::new().create(true).append(true).open(&path);
            open.and_then(|mut file| file.write_all(line.as_bytes())).map_err(unwritten(&path))?;
            self.last.insert(path, step);
        }
        Ok(())
    }

    /// Keeps the whole lines of a file whose step is wanted.
    fn keep(&mut self, path: &Path, is_wanted: impl Fn(u64) -> bool) -> Result<(), TrackerError> {
        let bytes = fs::read(path).map_err(unread(path))?;
        let text = String::from_utf8_lossy(&bytes);
        let mut last = None;
        let mut kept = String::new();
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let Some(step) = line.split_whitespace().nth(2).and_then(|step| step.parse().ok())
            else {
                continue;
            };
            if is_wanted(step) {
                kept += line;
                last = Some(step);
            }
        }
        if let Some(step) = last {
            self.last.insert(path.into(), step);
            if kept.len() != bytes.len() {
                write_atomically(path, kept.as_bytes())?;
            }
        } else {
            self.last.remove(path);
            fs::remove_file(path).map_err(unwritten(path))?;
        }
        Ok(())
    }
}
