//! An arm on a task.

use serde::{Deserialize, Serialize};

use crate::planning::config::RunConfig;

/// An arm on a task: everything about its runs but the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Index into [`crate::Plan::arms`].
    pub arm: usize,
    /// Index into [`crate::Plan::tasks`].
    pub task: usize,
    /// [`RunConfig::identity`] of `config`.
    pub identity: String,
    /// Folder under `runs/`, holding one folder per seed.
    pub folder: String,
    /// Trainable parameters.
    pub parameters: u64,
    /// The resolved configuration.
    pub config: RunConfig,
}
