//! The options of the task.

use std::path::PathBuf;

use serde::Deserialize;

use crate::series::Missing;
use crate::text::unit::Unit;

/// The options of the task.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    pub path: PathBuf,
    pub input: Unit,
    pub least: usize,
    pub standardize: bool,
    pub missing: Missing,
}
