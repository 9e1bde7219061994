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
    /// What its model takes to run; not known in plans from before it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sizes: Option<Sizes>,
    /// The resolved configuration.
    pub config: RunConfig,
}

/// What a model takes to run over the longest sequence of its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Numbers that it carries from one step to the next where it reads step by step; `None` where
    /// it needs the whole sequence.
    pub state: Option<u64>,
    /// Multiply-adds of products, convolutions and attention for each step, on average.
    pub multiply_adds: u64,
}
