//! Reading the text of an experiment file.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// Most bytes of an experiment file: far more than anybody writes, and little enough that
/// every answer comes at once.
const MOST_BYTES: u64 = 1 << 20;

/// Why a file is no experiment file.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// It could not be read.
    #[error("cannot read {path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a folder, a device or a pipe.
    #[error("{path} is no file", path = path.display())]
    NoFile {
        /// The path.
        path: PathBuf,
    },
    /// It is no text.
    #[error("{path} is not UTF-8 in line {line}", path = path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not, from 1.
        line: usize,
    },
    /// It is too large.
    #[error("{path} is larger than {MOST_BYTES} bytes: it is no experiment file", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
}

/// Reads the text of an experiment file, at most 1 MiB of it, so that a device or a data
/// set given by mistake is refused and not read to its end.
///
/// # Errors
/// [`FileError`].
pub fn read(path: &Path) -> Result<String, FileError> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|source| FileError::Read { path: path.into(), source })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(FileError::TooLarge { path: path.into() });
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|&byte| byte == b'\n').count();
        FileError::NotUtf8 { path: path.into(), line }
    })
}

/// Reads a file that another file names: a pipe, which the user may well give, would be
/// waited for without end here.
pub(crate) fn read_regular(path: &Path) -> Result<String, FileError> {
    if path.exists() && !path.is_file() {
        return Err(FileError::NoFile { path: path.into() });
    }
    read(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_a_size() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.toml");
        let error = read(&path).unwrap_err().to_string();
        assert!(error.starts_with("cannot read ") && error.contains("a.toml: "), "{error}");
        std::fs::write(&path, "#".repeat(MOST_BYTES as usize)).unwrap();
        assert_eq!(read(&path).unwrap().len() as u64, MOST_BYTES);
        std::fs::write(&path, "#".repeat(MOST_BYTES as usize + 1)).unwrap();
        let error = read(&path).unwrap_err().to_string();
        assert!(error.ends_with("a.toml is larger than 1048576 bytes: it is no experiment file"));
    }

    #[test]
    #[cfg(unix)]
    fn a_device_without_end_is_refused() {
        let zero = Path::new("/dev/zero");
        assert!(matches!(read(zero), Err(FileError::TooLarge { .. })));
        assert!(matches!(read_regular(zero), Err(FileError::NoFile { .. })));
    }
}
