//! How often each class occurs, is named, and is named rightly.

use super::measure::{Scored, largest, rows};

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
        for (row, is) in rows(scored) {
            let said = largest(row);
            self.0[said].said += 1;
            self.0[is].is += 1;
            self.0[is].both += u64::from(said == is);
        }
    }

    pub fn counts(&self) -> impl Iterator<Item = Count> {
        self.0.iter().copied()
    }
}
