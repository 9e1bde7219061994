//! Seeds until decided: how many every arm starts with.

use serde::{Deserialize, Serialize};

/// `seeds = { from, at_most, until = "decided" }` of an experiment: every arm runs the first
/// seeds; then seed by seed only what is not decided yet, up to all of [`crate::Plan::seeds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rounds {
    /// Seeds before the first look, from 1 to the number of all.
    pub first: usize,
}
