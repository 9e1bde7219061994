//! Locks on folders.
//!
//! They are the system's locks on a file: a process that ends, however it ends, lets them
//! go. So a lock is never stale, and the `.lock` file of a folder that was copied from
//! another machine locks nothing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::StoreError;

/// Holds a lock of a folder until dropped; the system releases it when the process ends.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes `.lock` for this process alone.
    pub(crate) fn take(folder: &Path) -> Result<Self, StoreError> {
        Self::acquire(folder.join(".lock"), File::try_lock)
    }

    /// Takes `.runner` for this process alone.
    pub(crate) fn claim(folder: &Path) -> Result<Self, StoreError> {
        Self::acquire(folder.join(".runner"), File::try_lock)
    }

    /// Takes `.trackers`: one process tells trackers of a sweep.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another does, [`StoreError::Write`].
    pub fn track(folder: &Path) -> Result<Self, StoreError> {
        Self::acquire(folder.join(".trackers"), File::try_lock)
    }

    /// Whether somebody has taken `.runner`.
    pub(crate) fn is_claimed(folder: &Path) -> bool {
        is_held(&folder.join(".runner"))
    }

    /// Takes `.lock` together with others that take it so.
    pub(crate) fn share(folder: &Path) -> Result<Self, StoreError> {
        Self::acquire(folder.join(".lock"), File::try_lock_shared)
    }

    /// Waits for the lock under which the users of a sweep's folder change.
    pub(crate) fn enter(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(".enter");
        open(&path)
            .and_then(|file| file.lock().map(|()| Self { _file: file }))
            .map_err(|source| StoreError::Write { path, source })
    }

    fn acquire(
        path: PathBuf,
        lock: fn(&File) -> Result<(), TryLockError>,
    ) -> Result<Self, StoreError> {
        let file =
            open(&path).map_err(|source| StoreError::Write { path: path.clone(), source })?;
        // Who looks whether the lock is held holds it for a moment.
        for _ in 0..20 {
            match lock(&file) {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
                Err(TryLockError::Error(source)) => return Err(StoreError::Write { path, source }),
            }
        }
        Err(StoreError::Locked { path })
    }

    /// Whether somebody has taken the lock alone. Two readers that look at the same moment
    /// do not see each other.
    pub(crate) fn is_taken(folder: &Path) -> bool {
        is_held(&folder.join(".lock"))
    }

    /// Whether somebody has taken or shares the lock.
    pub(crate) fn is_used(folder: &Path) -> bool {
        File::open(folder.join(".lock"))
            .is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

fn is_held(path: &Path) -> bool {
    File::open(path)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
