//! A sequence as a file gives it.

use std::path::{Path, PathBuf};

use data::DataError;
use data::utf8::brief;

/// A sequence with what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Record {
    /// Where it stands.
    pub place: Place,
    pub content: Content,
    pub answer: Answer,
    /// The part that it says it belongs to.
    pub part: Option<PartName>,
    /// What must not be divided over two parts.
    pub group: Option<String>,
}

/// Where a sequence stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Index of its file.
    pub file: usize,
    /// Its line, or its row in an array, from 1.
    pub line: usize,
}

/// What the steps hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// `[steps, channels]`, NaN where a value is missing.
    Numbers { values: Vec<f32>, channels: usize },
    /// Text that is still to be cut into tokens.
    Text(String),
    /// Words, and whether a blank follows each.
    Words(Vec<(String, bool)>),
}

impl Content {
    /// Steps; of a text, its characters.
    pub fn steps(&self) -> usize {
        match self {
            Self::Numbers { values, channels } => values.len() / channels.max(&1),
            Self::Text(text) => text.chars().count(),
            Self::Words(words) => words.len(),
        }
    }

    /// Bytes that tell two contents apart.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Numbers { values, .. } => {
                values.iter().flat_map(|value| value.to_bits().to_le_bytes()).collect()
            }
            Self::Text(text) => text.as_bytes().to_vec(),
            Self::Words(words) => {
                words.iter().flat_map(|(word, _)| [word.as_bytes(), b"\0"].concat()).collect()
            }
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Class(String),
    Values(Vec<f32>),
    /// Of each step, `None` where nothing is asked.
    Tags(Vec<Option<String>>),
}

/// A part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartName {
    Training,
    Validation,
    Test,
}

impl PartName {
    pub const ALL: [Self; 3] = [Self::Training, Self::Validation, Self::Test];

    pub fn word(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// What a column or field says.
    pub fn of(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "train" | "training" => Ok(Self::Training),
            "validation" | "valid" | "val" | "dev" => Ok(Self::Validation),
            "test" => Ok(Self::Test),
            _ => {
                Err(format!("\"{}\" is no part; there are train, validation and test", brief(text)))
            }
        }
    }
}

/// A file that a manifest names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DataFile {
    pub path: PathBuf,
    /// The part that all of it belongs to; `None` if that is still to be decided.
    pub part: Option<PartName>,
    /// Of an array by itself, the arrays that belong to it.
    pub beside: Vec<(&'static str, PathBuf)>,
}

/// All sequences of a data set.
#[derive(Debug)]
pub(super) struct Records {
    pub files: Vec<PathBuf>,
    pub all: Vec<Record>,
    /// What channels are called; empty where nothing says so.
    pub channels: Vec<String>,
    /// BLAKE3 of the manifest and all files.
    pub checksum: String,
}

impl Records {
    pub fn file(&self, place: &Place) -> &Path {
        &self.files[place.file]
    }

    pub fn fault(&self, place: &Place, problem: impl std::fmt::Display) -> DataError {
        DataError::line(self.file(place), place.line, problem)
    }
}
