//! What the reader of a format is given.

use std::path::{Path, PathBuf};

use crate::dataset::fault::Faults;
use crate::dataset::manifest::{Asks, Manifest};
use crate::dataset::record::{PartName, Record};

/// What a reader of a format is given and gives.
pub(super) struct Job<'a> {
    pub manifest: &'a Manifest,
    pub asks: Asks,
    /// Where the file lies.
    pub path: &'a Path,
    /// Its index among the files.
    pub file: usize,
    pub part: Option<PartName>,
    /// Arrays that belong to it, and where they lie.
    pub beside: &'a [(&'static str, PathBuf)],
    pub records: &'a mut Vec<Record>,
    /// What channels are called, if the file says so.
    pub channels: &'a mut Vec<String>,
    pub faults: &'a mut Faults,
}
