//! The data sets and experiments of this project, for where there is no checkout: the program carries them
//! and unpacks them once, into the user's cache.

use std::fs;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

/// `datasets` and `experiments`, as they were when the program was built.
const ARCHIVE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/shipped.zip"));

/// What it is called after: another archive has another folder.
const DIGEST: &str = env!("SHIPPED_DIGEST");

/// Why they are not there.
#[derive(Debug, thiserror::Error)]
pub enum ShippedError {
    /// No folder is known that is the user's.
    #[error(
        "there is no folder to unpack the data sets into: neither XDG_CACHE_HOME nor HOME is set; \
         --datasets names a folder that has them"
    )]
    NoCache,
    /// They cannot be unpacked.
    #[error("cannot unpack the data sets into {}: {source}", path.display())]
    Unpack {
        /// Where to.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// The folder that has `datasets` and `experiments`, unpacked if it is not there yet, which is then
/// `told`.
///
/// # Errors
/// [`ShippedError`].
pub fn folder(told: impl FnOnce(&Path)) -> Result<PathBuf, ShippedError> {
    let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let cache = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache")));
    in_cache(&cache.ok_or(ShippedError::NoCache)?.join("unroll"), told)
}

fn in_cache(cache: &Path, told: impl FnOnce(&Path)) -> Result<PathBuf, ShippedError> {
    let folder = cache.join(format!("shipped-{}", &DIGEST[..16]));
    if folder.is_dir() {
        return Ok(folder);
    }
    told(&folder);
    let unpack = || -> io::Result<()> {
        fs::create_dir_all(cache)?;
        // Whole or not at all, and two who do it at once do not meet.
        let beside = tempfile::tempdir_in(cache)?;
        ZipArchive::new(Cursor::new(ARCHIVE))?.extract(beside.path())?;
        match fs::rename(beside.path(), &folder) {
            Err(_) if folder.is_dir() => Ok(()),
            Ok(()) => {
                // It is not temporary any more.
                let _ = beside.keep();
                Ok(())
            }
            error => error,
        }
    };
    unpack().map_err(|source| ShippedError::Unpack { path: folder.clone(), source })?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn all_that_is_shipped_is_unpacked_once_as_it_is() {
        let cache = tempfile::tempdir().unwrap();
        let told = AtomicUsize::new(0);
        let unpacked = || {
            in_cache(cache.path(), |_| {
                told.fetch_add(1, Ordering::Relaxed);
            })
        };
        // Two at once.
        let folders = std::thread::scope(|scope| {
            let both = [scope.spawn(unpacked), scope.spawn(unpacked)];
            both.map(|one| one.join().unwrap().unwrap())
        });
        let folder = unpacked().unwrap();
        assert_eq!(folders, [folder.clone(), folder.clone()]);
        assert!((1..=2).contains(&told.load(Ordering::Relaxed)));
        let left = fs::read_dir(cache.path()).unwrap().count();
        assert_eq!(left, 1, "nothing temporary stays");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for file in [
            "datasets/README.md",
            "datasets/digits/digits.csv.gz",
            "datasets/shakespeare/hamlet.txt",
            "experiments/quickstart.toml",
            "experiments/papers/adding.toml",
        ] {
            assert_eq!(fs::read(folder.join(file)).unwrap(), fs::read(root.join(file)).unwrap());
        }
        assert!(!folder.join("datasets/private").exists());
    }

    #[test]
    fn a_cache_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = in_cache(&file, |_| {}).unwrap_err().to_string();
        assert!(error.contains("file/shipped-"), "{error}");
    }
}
