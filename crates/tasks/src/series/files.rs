//! The two files of a problem, whatever their format.

use std::path::{Path, PathBuf};

use data::ts::TsData;
use data::{DataError, arff, ts, ucr};

use crate::TaskError;

/// Reads the content of a file.
type Parse = fn(&Path, &[u8]) -> Result<TsData, DataError>;

/// Ends of file names by format, in the order that they are looked for.
const FORMATS: &[(&str, Parse)] = &[
    ("ts", ts::parse),
    ("arff", arff::parse),
    ("tsv", ucr::parse),
    ("csv", ucr::parse),
    ("txt", ucr::parse),
    ("", ucr::parse),
];

/// Training and test data of a problem, and where they are.
pub(super) struct Files {
    pub train: (PathBuf, TsData),
    pub test: (PathBuf, TsData),
    /// BLAKE3 of both files.
    pub checksum: String,
}

/// Reads `folder/problem_TRAIN.*` and `folder/problem_TEST.*`.
pub(super) fn read(folder: &Path, problem: &str, advice: &'static str) -> Result<Files, TaskError> {
    let path = |part: &str, end: &str| {
        let dot = if end.is_empty() { "" } else { "." };
        folder.join(format!("{problem}_{part}{dot}{end}"))
    };
    let found = FORMATS.iter().find(|(end, _)| path("TRAIN", end).is_file());
    // Where there is none, the message names the usual one.
    let &(end, parse) = found.unwrap_or(&FORMATS[0]);
    let mut hasher = blake3::Hasher::new();
    let mut part = |name: &str| {
        let path = path(name, end);
        let advised = |error| TaskError::of_data(error, advice);
        let bytes = data::read_file(&path).map_err(advised)?;
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
        let data = parse(&path, &bytes).map_err(advised)?;
        Ok::<_, TaskError>((path, data))
    };
    let (train, test) = (part("TRAIN")?, part("TEST")?);
    Ok(Files { train, test, checksum: hasher.finalize().to_hex().to_string() })
}
