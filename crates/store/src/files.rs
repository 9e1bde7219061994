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
        let folder = match path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder)?;
        let mut file = new_file().tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        fs::File::open(folder)?.sync_all()
    };
    write().map_err(|source| StoreError::Write { path: path.into(), source })
}

/// Writes `bytes` to a new file as [`write_atomically`] does, and does not wait until they
/// are on the disk: if the machine itself fails, the file may be empty or hold zeros. For
/// what can be written again.
pub(crate) fn write_quickly(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let write = || {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut file = new_file().tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path)?;
        std::io::Result::Ok(())
    };
    write().map_err(|source| StoreError::Write { path: path.into(), source })
}

/// What the name of a file that is being written starts with.
const TEMPORARY: &str = ".tmp";

/// Removes what writers that were killed left in `folder`. No writer may be at work there.
pub(crate) fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(StoreError::Read { path: folder.into(), source }),
        Ok(entries) => entries,
    };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(TEMPORARY)) {
            let path = entry.path();
            fs::remove_file(&path).map_err(|source| StoreError::Write { path, source })?;
        }
    }
    Ok(())
}

/// Temporary files are private by default; results are as readable as the user's mask says.
#[cfg(unix)]
fn new_file() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY).permissions(fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn new_file() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY);
    builder
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

/// `None` if the file is not there.
pub(crate) fn read_json_if_there<T: DeserializeOwned>(
    path: &Path,
) -> Result<Option<T>, StoreError> {
    match fs::read(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.into(), source }),
        Ok(bytes) => serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(|error| StoreError::Invalid { path: path.into(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/file.txt");
        write_atomically(&path, b"first").unwrap();
        write_atomically(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_a_killed_writer_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        write_atomically(&folder.path().join("result.json"), b"x").unwrap();
        std::mem::forget(new_file().tempfile_in(folder.path()).unwrap());
        fs::write(folder.path().join(".lock"), "").unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        remove_leftovers(folder.path()).unwrap();
        remove_leftovers(&folder.path().join("missing")).unwrap();
        let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, [".lock", "result.json"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_file_is_as_readable_as_any_other_of_the_user() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| {
            let path = folder.path().join(name);
            fs::metadata(path).unwrap().permissions().mode()
        };
        write_atomically(&folder.path().join("ours"), b"").unwrap();
        fs::write(folder.path().join("plain"), b"").unwrap();
        assert_eq!(mode("ours"), mode("plain"));
    }
}
