//! Bytes that runs take on the disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use crate::file::together::together;
use crate::{Condition, StoreError};

/// What file systems give files space in, mostly.
const BLOCK: u64 = 4096;
/// Bytes of an `evaluated` event: two metrics of two splits.
const EVALUATED: u64 = 280;
/// Bytes of a `progress` event.
const PROGRESS: u64 = 130;
/// `progress` events a second, at most.
const PROGRESS_A_SECOND: f64 = 2.0;
/// Files of a run that fill less than a block each, and its folder: `config.toml`,
/// `provenance.json`, `result.json` and what `events.jsonl` holds beside evaluations.
const SMALL_FILES: u64 = 5;

/// Folders that are looked into at a time.
const FOLDERS: usize = 1024;

/// Bytes that one run takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunBytes {
    /// For good.
    pub kept: u64,
    /// For its checkpoint, while it is at work or stopped.
    pub checkpoint: u64,
}

/// What a run of `condition` that takes `seconds` will take on the disk, counted from its
/// number of parameters and of evaluations.
///
/// A checkpoint holds the weights, Adam's two moments and the best weights, 4 bytes a
/// number; two are kept, and the next one is written before the older one goes.
pub fn estimated_bytes(condition: &Condition, seconds: f64) -> RunBytes {
    let number = |key| condition.config.train.get(key).and_then(Value::as_u64).unwrap_or(0);
    let (steps, every) = (number("steps"), number("evaluate_every"));
    let evaluations = if every == 0 { 0 } else { steps.div_ceil(every) };
    let lines = (seconds * PROGRESS_A_SECOND) as u64;
    let events = evaluations * EVALUATED + lines.min(steps) * PROGRESS;
    let weights = (4 * condition.parameters).next_multiple_of(BLOCK);
    RunBytes {
        kept: SMALL_FILES * BLOCK + events.next_multiple_of(BLOCK),
        checkpoint: 3 * (4 * weights + 3 * BLOCK),
    }
}

/// Bytes of the disk that a file or folder takes, with all that is in it; links are not
/// followed. 0 where there is nothing.
///
/// # Errors
/// [`StoreError::Read`].
pub fn bytes_on_disk(path: &Path) -> Result<u64, StoreError> {
    match measure(path) {
        // It has gone meanwhile.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        bytes => bytes.map_err(|source| StoreError::Read { path: path.into(), source }),
    }
}

fn measure(path: &Path) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(allocated(&metadata));
    }
    // Folder by folder: all that are in one are looked at together.
    let mut bytes = allocated(&metadata);
    let mut folders = vec![path.to_owned()];
    while !folders.is_empty() {
        // Some at a time, so that not all paths are held.
        let some = folders.split_off(folders.len().saturating_sub(FOLDERS));
        let listed = together(&some, |folder| or_gone(entries(folder)))?;
        let paths = listed.into_iter().flatten().flatten().collect::<Vec<_>>();
        let looked = together(&paths, |path| or_gone(fs::symlink_metadata(path)))?;
        for (path, metadata) in paths.into_iter().zip(looked) {
            let Some(metadata) = metadata else { continue };
            bytes += allocated(&metadata);
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(bytes)
}

fn entries(folder: &PathBuf) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// `None` if it has gone meanwhile.
fn or_gone<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

#[cfg(unix)]
fn allocated(metadata: &fs::Metadata) -> u64 {
    /// `st_blocks` counts in these, whatever the file system's own blocks are.
    const UNIT: u64 = 512;
    std::os::unix::fs::MetadataExt::blocks(metadata) * UNIT
}

#[cfg(not(unix))]
fn allocated(metadata: &fs::Metadata) -> u64 {
    metadata.len().next_multiple_of(BLOCK)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sweep::folder::tests::plan;

    #[test]
    fn a_checkpoint_is_weights_moments_and_best_weights_thrice() {
        let mut condition = plan("first").conditions.remove(0);
        condition.parameters = 10_240;
        condition.config.train.insert("steps".into(), json!(1000));
        condition.config.train.insert("evaluate_every".into(), json!(300));
        let bytes = estimated_bytes(&condition, 100.0);
        assert_eq!(bytes.checkpoint, 3 * (4 * 40_960 + 3 * 4096));
        // Four evaluations and 200 lines of progress.
        assert_eq!(bytes.kept, 5 * 4096 + (4 * 280 + 200 * 130_u64).next_multiple_of(4096));
        condition.config.train.insert("evaluate_every".into(), json!(1));
        assert!(estimated_bytes(&condition, 100.0).kept > bytes.kept + 270_000);
    }

    #[test]
    fn a_folder_takes_what_its_files_take() {
        let folder = tempfile::tempdir().unwrap();
        let nothing = bytes_on_disk(&folder.path().join("nothing")).unwrap();
        assert_eq!(nothing, 0);
        let before = bytes_on_disk(folder.path()).unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), vec![7; 100_000]).unwrap();
        let after = bytes_on_disk(folder.path()).unwrap();
        assert!((100_000..150_000).contains(&(after - before)), "{before} {after}");
    }
}
