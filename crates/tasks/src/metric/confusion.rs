//! How often each class occurs, is named, and is named rightly.

use super::measure::{Scored, classes, largest};

/// Counts by class.
pub(super) struct Confusion(Vec<Count>);

/// Counts of one class.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Count {
    /// Predictions whose class it is.
    pub is: u64,
    /// Predictions that name it.
    pub said: u64,
    /// Predictions that name it rightly.
    pub both: u64,
}

impl Confusion {
    pub fn new(classes: usize) -> Self {
        Self(vec![Count::default(); classes])
    }

    pub fn add(&mut self, scored: &Scored) {
        let rows = scored.outputs.chunks_exact(self.0.len());
        for (row, &class) in rows.zip(classes(scored)) {
            let (said, is) = (largest(row), class as usize);
            self.0[said].said += 1;
            self.0[is].is += 1;
            self.0[is].both += u64::from(said == is);
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = Count> {
        self.0.iter().copied()
    }
}
