//! Where numbers lie inside: every vector of `hidden` numbers is filled up to whole cache
//! lines, so that no loop has a remainder.

use tiles::{LINE, padded};

use super::pointwise::Candidate;
use super::problem::Problem;

/// Widths of the rows that are kept for each step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    /// As asked for.
    pub hidden: usize,
    /// Filled up.
    pub state: usize,
    /// Of the gates, side by side.
    pub gates: usize,
    /// From the gates of one sequence to those of the next.
    pub stride: usize,
    /// The leading columns of the gates to which h R is added.
    pub shared: usize,
    /// Whether h R is added to anything.
    pub recurrent: bool,
    /// How the last gate depends on h.
    pub candidate: Candidate,
    /// Of what the candidate gets of h where it is kept apart from the gates: R h + c, or the
    /// operand of its product.
    pub own: usize,
    /// Of the memory.
    pub memory: usize,
    /// Of the cell's own weights.
    pub parameters: usize,
    /// Whether h' depends on h also past the products.
    pub past_products: bool,
}

impl Layout {
    pub(super) fn new(problem: &Problem) -> Self {
        let state = padded(problem.hidden);
        let shape = problem.cell.shape();
        let gates = shape.gates * state;
        let own = if shape.candidate == Candidate::Shared { 0 } else { state };
        // Rows that are a page apart would compete for the same few lines of the cache.
        let stride = if gates.is_multiple_of(512) { gates + LINE } else { gates };
        Self {
            hidden: problem.hidden,
            state,
            gates,
            stride,
            shared: gates - own,
            recurrent: shape.recurrent,
            candidate: shape.candidate,
            own,
            memory: shape.memory * state,
            parameters: shape.parameters * state,
            past_products: shape.past_products || own > 0,
        }
    }

    /// Spreads a row of blocks of `hidden` numbers out to blocks of `state` numbers.
    pub(super) fn spread(self, from: &[f32], to: &mut [f32]) {
        for (from, to) in from.chunks_exact(self.hidden).zip(to.chunks_exact_mut(self.state)) {
            to[..self.hidden].copy_from_slice(from);
            to[self.hidden..].fill(0.0);
        }
    }

    /// A row of a weight, filled up: as it is, or spread out to `filled`.
    pub(super) fn filled<'a>(self, row: &'a [f32], filled: &'a mut [f32]) -> &'a [f32] {
        if self.hidden == self.state {
            return row;
        }
        self.spread(row, filled);
        filled
    }

    /// Numbers that so many filled up ones stand for.
    pub(super) fn meant(self, filled: usize) -> usize {
        filled / self.state * self.hidden
    }

    /// Drops what [`Self::spread`] has filled in.
    pub(super) fn gather(self, from: &[f32], to: &mut [f32]) {
        for (from, to) in from.chunks_exact(self.state).zip(to.chunks_exact_mut(self.hidden)) {
            to.copy_from_slice(&from[..self.hidden]);
        }
    }

    /// Columns of the weights.
    pub(super) fn width(self) -> usize {
        self.meant(self.gates)
    }

    /// Adds what [`Self::spread`] would have spread.
    pub(super) fn gather_add(self, from: &[f32], to: &mut [f32]) {
        for (from, to) in from.chunks_exact(self.state).zip(to.chunks_exact_mut(self.hidden)) {
            for (to, from) in to.iter_mut().zip(from) {
                *to += from;
            }
        }
    }

    /// [`Self::gather_add`] of rows of all gates.
    pub(super) fn gather_rows(self, from: &[f32], to: &mut [f32]) {
        for (from, to) in from.chunks_exact(self.gates).zip(to.chunks_exact_mut(self.width())) {
            self.gather_add(from, to);
        }
    }

    /// [`Self::clear_padding`] of rows of gates.
    pub(super) fn clear_rows(self, gates: &mut [f32]) {
        for row in gates.chunks_exact_mut(self.stride) {
            self.clear_padding(row);
        }
    }

    /// Sets what fills up the blocks of `row` to zero.
    pub(super) fn clear_padding(self, row: &mut [f32]) {
        if self.hidden != self.state {
            for block in row.chunks_exact_mut(self.state) {
                block[self.hidden..].fill(0.0);
            }
        }
    }
}
