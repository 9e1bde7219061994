//! How a picture is read as a sequence.

use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

use crate::{permutation, stream};

/// The option `order`.
pub(crate) const ORDER: Key = Key::new(
    "order",
    Kind::OneOf(&[
        Choice { word: "rows", doc: "A row of pixels a step, from the top." },
        Choice { word: "pixels", doc: "A pixel a step, row by row." },
        Choice {
            word: "permuted",
            doc: "A pixel a step, in one random order that is the same for all pictures.",
        },
    ]),
    Literal::Text("rows"),
    "How a picture is read as a sequence.",
);

/// How a picture is read as a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Order {
    Rows,
    Pixels,
    Permuted,
}

impl Order {
    /// Numbers in each step of a picture of `width` columns.
    pub fn channels(self, width: usize) -> usize {
        if self == Self::Rows { width } else { 1 }
    }

    /// Puts the pixels of each picture into order; the permutation is that of the stream
    /// (0, "pixel order", 0, number of pixels).
    pub fn apply(self, pictures: &mut [Vec<f32>]) {
        let Some(pixels) = pictures.first().map(Vec::len).filter(|_| self == Self::Permuted) else {
            return;
        };
        let order = permutation(&mut stream(0, "pixel order", 0, pixels as u64), pixels);
        for picture in pictures {
            *picture = order.iter().map(|&pixel| picture[pixel]).collect();
        }
    }
}
