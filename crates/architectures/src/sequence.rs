//! Any cell over a padded batch, in either direction: in one operation where a kernel
//! computes the cell, else by the one time loop.

use burn::tensor::Tensor;
use kernels::{Packed, Padded};

use crate::{Cell, CellState};

/// Which end of each sequence is read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the first step to the last valid one.
    Forward,
    /// From the last valid step to the first.
    Backward,
}

/// What a cell made of a batch.
#[derive(Debug, Clone)]
pub struct Unrolled<S> {
    hidden: Hidden,
    /// State after the last step read of each sequence, whatever its length.
    pub last: S,
}

/// The hidden state at each step.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "one for each layer and batch")]
enum Hidden {
    /// `[batch, hidden]` each, in reading order. Rows whose sequence has ended repeat
    /// their last state.
    Steps(Vec<Tensor<2>>, Direction),
    /// In the sequence's own order, zero at padding.
    Whole(Packed),
}

/// Runs `cell` over every sequence of `x`, `[batch, steps, input]`, from `initial`
/// (zero when absent). A sequence that has ended keeps its state.
pub fn unroll<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<C::State>,
) -> Unrolled<C::State> {
    cell.whole_sequence(x, direction, initial.as_ref())
        .unwrap_or_else(|| unroll_stepwise(cell, x, direction, initial))
}

/// The same by the time loop, on any backend: the definition of what kernels compute.
pub fn unroll_stepwise<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<C::State>,
) -> Unrolled<C::State> {
    let reversed;
    let read = match direction {
        Direction::Forward => x,
        Direction::Backward => {
            reversed = x.reversed();
            &reversed
        }
    };
    let mut state = initial.unwrap_or_else(|| cell.zero_state(x.batch(), &x.device()));
    let mut hidden = Vec::with_capacity(x.steps());
    for t in 0..x.steps() {
        let x_t = read.values().clone().narrow(1, t, 1).squeeze_dim(1); // [batch, input]
        let next = cell.step(x_t, &state);
        state = match x.ended_before(t) {
            Some(ended) => next.unless(&ended, &state),
            None => next,
        };
        hidden.push(state.hidden());
    }
    Unrolled { hidden: Hidden::Steps(hidden, direction), last: state }
}

impl<S: CellState> Unrolled<S> {
    /// What a kernel made of a batch, `last` its final state.
    pub(crate) fn whole(packed: Packed, last: S) -> Self {
        Self { hidden: Hidden::Whole(packed), last }
    }

    /// The hidden state at each step of `x` in its own order, zero at padding,
    /// `[batch, steps, hidden]`. `x` is the batch that was unrolled.
    pub fn steps(self, x: &Padded) -> Padded {
        match self.hidden {
            Hidden::Whole(packed) => x.with_values(packed.hidden()),
            Hidden::Steps(steps, direction) => {
                let in_reading_order = x.with_values(Tensor::stack(steps, 1));
                let in_own_order = match direction {
                    Direction::Forward => in_reading_order,
                    Direction::Backward => in_reading_order.reversed(),
                };
                in_own_order.zero_padding()
            }
        }
    }
}
