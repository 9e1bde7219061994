//! Reading and writing whole files, with the path in every error.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::file::seal::{JSON, Sealed};

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

/// What is in a folder, sorted; nothing where there is none.
pub(crate) fn entries(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::read_dir(folder) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(Vec::new()),
        Err(source) => Err(StoreError::Read { path: folder.into(), source }),
        Ok(entries) => {
            let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
            paths.sort();
            Ok(paths)
        }
    }
}

/// Whether a file of this name was left by a writer that was killed, or is being written.
pub(crate) fn is_leftover(name: &str) -> bool {
    name.starts_with(TEMPORARY)
}

/// Removes what writers that were killed left in `folder`. No writer may be at work there.
///
/// # Errors
/// [`StoreError::Read`], [`StoreError::Write`].
pub fn remove_leftovers(folder: &Path) -> Result<(), StoreError> {
    for path in leftovers(folder)? {
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|source| StoreError::Write { path, source })?;
    }
    Ok(())
}

/// Removes what writers left in `folder` so long ago that they must have been killed, where
/// others may be at work.
///
/// # Errors
/// [`StoreError::Read`].
pub fn remove_old_leftovers(folder: &Path) -> Result<(), StoreError> {
    /// A file takes moments to write.
    const OLD: Duration = Duration::from_mins(10);
    for path in leftovers(folder)? {
        let age = fs::metadata(&path).and_then(|it| it.modified()).map(|it| it.elapsed());
        if matches!(age, Ok(Ok(age)) if age > OLD) {
            // Another reader of this folder may have been faster.
            fs::remove_file(&path).ok();
        }
    }
    Ok(())
}

/// Whether writers that were killed left something in `folder`.
pub(crate) fn has_leftovers(folder: &Path) -> Result<bool, StoreError> {
    Ok(!leftovers(folder)?.is_empty())
}

fn leftovers(folder: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let is_left =
        |path: &PathBuf| path.file_name().and_then(|name| name.to_str()).is_some_and(is_leftover);
    Ok(entries(folder)?.into_iter().filter(is_left).collect())
}

/// BLAKE3 of a file's bytes, in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

/// The bytes of a file, held against their [`digest`].
///
/// # Errors
/// [`StoreError::Damaged`] also for a file that is missing, [`StoreError::Read`].
pub fn read_verified(path: &Path, expected: &str) -> Result<Vec<u8>, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged { path: path.into(), reason: reason.into() };
    match fs::read(path) {
        Ok(bytes) if digest(&bytes) == expected => Ok(bytes),
        Ok(_) => Err(damaged(CHANGED)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(damaged("it is missing")),
        Err(source) => Err(StoreError::Read { path: path.into(), source }),
    }
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

/// A value that is stored as a JSON file of its own, with its checksum.
pub trait Stored: Serialize + DeserializeOwned {
    /// The version that this program writes; it reads all before it.
    const FORMAT: u32;
    /// The first version that carries a checksum.
    const SEALED: u32;

    /// The version of this value.
    fn format(&self) -> u32;
}

/// The text of a stored value, with its checksum.
///
/// # Errors
/// [`StoreError::Invalid`] for a value that is no JSON object.
pub fn to_sealed_json<T: Stored>(path: &Path, value: &T) -> Result<String, StoreError> {
    let invalid = |reason: String| StoreError::Invalid { path: path.into(), reason };
    let text = serde_json::to_string_pretty(value).map_err(|error| invalid(error.to_string()))?;
    JSON.put(&text).ok_or_else(|| invalid("it is no JSON object".into()))
}

/// Writes a stored value atomically, with its checksum.
///
/// # Errors
/// [`StoreError::Write`], [`StoreError::Invalid`] for a value that is no JSON object.
pub fn write_json<T: Stored>(path: &Path, value: &T) -> Result<(), StoreError> {
    write_atomically(path, to_sealed_json(path, value)?.as_bytes())
}

pub(crate) fn read_text(path: &Path) -> Result<String, StoreError> {
    fs::read_to_string(path).map_err(|source| StoreError::Read { path: path.into(), source })
}

/// The stored value of a file, held against its checksum; `None` if the file is not there.
///
/// # Errors
/// [`StoreError::Damaged`] if it is not as it was written, [`StoreError::Format`] for one of a
/// later version, [`StoreError::Read`].
pub fn read_json<T: Stored>(path: &Path) -> Result<Option<T>, StoreError> {
    use std::io::ErrorKind::{NotADirectory, NotFound};
    match fs::read(path) {
        Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
        Err(source) => Err(StoreError::Read { path: path.into(), source }),
        Ok(bytes) => parse_json(path, &bytes).map(Some),
    }
}

/// The version of a stored value, whatever else is in it.
#[derive(Deserialize)]
struct Version {
    format: Option<u32>,
}

fn parse_json<T: Stored>(path: &Path, bytes: &[u8]) -> Result<T, StoreError> {
    let damaged = |reason: &str| StoreError::Damaged { path: path.into(), reason: reason.into() };
    let (text, is_sealed) = match JSON.check(bytes) {
        Sealed::Whole(text) => (text, true),
        Sealed::Without => (bytes.into(), false),
        Sealed::Broken => {
            let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
            return Err(damaged(if is_json { EDITED } else { CHANGED }));
        }
    };
    // By itself first: the rest of another version need not be readable.
    let Version { format } = serde_json::from_slice(&text).map_err(|error| {
        if is_sealed || !error.is_eof() { damaged(&error.to_string()) } else { damaged(TORN) }
    })?;
    if let Some(found) = format
        && !(1..=T::FORMAT).contains(&found)
    {
        return Err(StoreError::Format { path: path.into(), found, reads: T::FORMAT });
    }
    let value: T = serde_json::from_slice(&text).map_err(|error| damaged(&error.to_string()))?;
    if !is_sealed && value.format() >= T::SEALED {
        return Err(damaged("its checksum is missing: it was damaged, or edited by hand"));
    }
    Ok(value)
}

/// Of a file that is whole, and not what was written.
const EDITED: &str = "it does not match its checksum: it was edited by hand, or damaged";
/// Of a file that is no longer of its kind.
const CHANGED: &str = "it does not match its checksum: it was damaged";
/// Of a file that ends too early.
const TORN: &str = "it is torn: its end is missing";

/// Moves a file or folder that is not to be believed out of the way, to `NAME.damaged-<k>` in
/// `into`, and says where it is now. Nothing is ever written over or deleted.
///
/// # Errors
/// [`StoreError::Write`].
pub fn set_damaged_aside(path: &Path, into: &Path, name: &str) -> Result<PathBuf, StoreError> {
    let free = |number: &u32| into.join(format!("{name}{DAMAGED}{number}"));
    let number = (1..=u32::MAX).find(|number| fs::symlink_metadata(free(number)).is_err());
    let to = free(&number.unwrap_or(u32::MAX));
    fs::rename(path, &to).map_err(|source| StoreError::Write { path: path.into(), source })?;
    Ok(to)
}

/// What stands between the name of something damaged and its number.
pub(crate) const DAMAGED: &str = ".damaged-";

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
    fn only_old_leftovers_go_where_others_write() {
        let folder = tempfile::tempdir().unwrap();
        let [old, new] = [".tmpold", ".tmpnew"].map(|name| folder.path().join(name));
        for path in [&old, &new] {
            fs::write(path, "half").unwrap();
        }
        let an_hour_ago = std::time::SystemTime::now() - Duration::from_hours(1);
        fs::File::options().write(true).open(&old).unwrap().set_modified(an_hour_ago).unwrap();
        remove_old_leftovers(folder.path()).unwrap();
        assert!(!old.exists() && new.exists());
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
