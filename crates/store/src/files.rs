//! Reading and writing whole files, with the path in every error.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::StoreError;

/// Writes `bytes` to `path` so that a reader sees the old content or the new one, never
/// a part: a temporary file beside it, synced, then renamed over it.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|source| StoreError::Write { path: path.into(), source })
}

pub(crate) fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| StoreError::Invalid { path: path.into(), reason: error.to_string() })?;
    text.push('\n');
    write_atomically(path, text.as_bytes())
}

pub(crate) fn read_text(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.into(), source })
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    serde_json::from_str(&read_text(path)?)
        .map_err(|error| StoreError::Invalid { path: path.into(), reason: error.to_string() })
}
