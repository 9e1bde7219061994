//! The option `normalize`, of cells and of architectures that can normalise between their layers.

use schema::{Choice, Key, Kind};
use serde::Deserialize;

/// The option of cells.
pub(crate) const NORMALIZE: Key = Key::optional(
    "normalize",
    Kind::OneOf(&[Choice {
        word: "layer",
        doc: "Layer normalisation of the products W x and R h, and of an LSTM's memory.",
    }]),
    "A normalisation within the cell; none if absent.",
);

/// What normalises the numbers of each step, filters or hidden units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalize {
    /// Layer normalisation.
    Layer,
}
