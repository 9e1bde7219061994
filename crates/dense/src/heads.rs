//! The heads of rows of steps, one at a time.

use tiles::{Buffer, Level, OuterProducts, padded};

/// Steps that ask at a time.
pub(crate) const BLOCK: usize = 32;

/// Rows `[batch·steps, columns]` in which the numbers of the heads lie side by side, from the column
/// `first` on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByHead {
    pub steps: usize,
    pub columns: usize,
    pub first: usize,
    pub head: usize,
}

impl ByHead {
    /// The numbers of a head at the first `length` steps of a sequence, filled up with zeros to whole
    /// cache lines.
    pub fn take(self, from: &[f32], sequence: usize, head: usize, length: usize) -> Buffer {
        let Self { steps, columns, first, head: width } = self;
        let filled = padded(width);
        let mut rows = Buffer::new(length * filled);
        let from = &from[sequence * steps * columns..];
        for (from, to) in from.chunks_exact(columns).zip(rows.chunks_exact_mut(filled)) {
            to[..width].copy_from_slice(&from[first + head * width..][..width]);
            to[width..].fill(0.0);
        }
        rows
    }

    /// Puts so many rows of a head to their place in a sequence, from the step `from` on.
    pub fn put(self, made: &[f32], to: &mut [f32], from: usize, rows: usize, head: usize) {
        let Self { columns, first, head: width, .. } = self;
        let to = to.chunks_exact_mut(columns).skip(from).take(rows);
        for (from, to) in made.chunks_exact(padded(width)).zip(to) {
            to[first + head * width..][..width].copy_from_slice(&from[..width]);
        }
    }
}

/// The blocks of steps that ask: the first and how many.
pub(crate) fn blocks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length).step_by(BLOCK).map(move |first| (first, BLOCK.min(length - first)))
}

/// What the steps of a block that ask add to the gradients of those that they look at.
pub(crate) struct Products {
    pub level: Level,
    /// Steps that ask.
    pub rows: usize,
    /// Numbers from one of their rows of scores to the next.
    pub wide: usize,
    /// Steps from the first on that they look at.
    pub seen: usize,
    /// Numbers of a row of a head, filled up.
    pub filled: usize,
}

impl Products {
    /// Adds `Σ_t left[t, m] right[t, n]` to `sum` `[steps, filled]`, left `[rows, wide]`, right
    /// `[rows, filled]`.
    pub fn add(&self, left: &[f32], right: &[f32], sum: &mut [f32]) {
        let Self { level, rows, wide, seen, filled } = *self;
        let left: Vec<_> = left.chunks_exact(wide).take(rows).collect();
        let right: Vec<_> = right.chunks_exact(filled).take(rows).collect();
        level.run(OuterProducts {
            left: &left,
            rows: seen,
            right: &right,
            right_first: 0,
            columns: filled,
            result: sum,
            stride: filled,
            total: &mut [],
        });
    }
}
