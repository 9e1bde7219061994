//! The heads of rows of steps, one at a time.

use tiles::{Buffer, padded};

/// Steps that ask at a time.
pub(crate) const BLOCK: usize = 32;

/// Rows `[batch·steps, heads·head]`, the numbers of a head side by side.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ByHead {
    pub steps: usize,
    pub count: usize,
    pub head: usize,
}

impl ByHead {
    /// The numbers of a head at the first `length` steps of a sequence, filled up with zeros to whole
    /// cache lines.
    pub fn take(self, from: &[f32], sequence: usize, head: usize, length: usize) -> Buffer {
        let Self { steps, count, head: width } = self;
        let filled = padded(width);
        let mut rows = Buffer::new(length * filled);
        let from = &from[sequence * steps * count * width..];
        for (from, to) in from.chunks_exact(count * width).zip(rows.chunks_exact_mut(filled)) {
            to[..width].copy_from_slice(&from[head * width..][..width]);
            to[width..].fill(0.0);
        }
        rows
    }

    /// Puts so many rows of a head to their place in a sequence, from the `first` step on.
    pub fn put(self, made: &[f32], to: &mut [f32], first: usize, rows: usize, head: usize) {
        let Self { count, head: width, .. } = self;
        let to = to.chunks_exact_mut(count * width).skip(first).take(rows);
        for (from, to) in made.chunks_exact(padded(width)).zip(to) {
            to[head * width..][..width].copy_from_slice(&from[..width]);
        }
    }
}

/// The blocks of steps that ask: the first and how many.
pub(crate) fn blocks(length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length).step_by(BLOCK).map(move |first| (first, BLOCK.min(length - first)))
}
