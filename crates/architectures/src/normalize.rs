//! The option `normalize` of architectures that can normalise between their layers.

use serde::Deserialize;

/// What normalises the numbers of each step, filters or hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalize {
    /// Layer normalisation.
    Layer,
}
