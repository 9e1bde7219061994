//! The one time loop: any cell over a padded batch, in either direction.

use burn::tensor::Tensor;
use kernels::Padded;

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
    /// Hidden state after each step, in reading order, `[batch, hidden]` each. Rows whose
    /// sequence has ended repeat their last state.
    hidden: Vec<Tensor<2>>,
    /// State after the last step read of each sequence, whatever its length.
    pub last: S,
    direction: Direction,
}

/// Runs `cell` over every sequence of `x`, `[batch, steps, input]`, from `initial`
/// (zero when absent). A sequence that has ended keeps its state.
pub fn unroll<C: Cell>(
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
    Unrolled { hidden, last: state, direction }
}

impl<S: CellState> Unrolled<S> {
    /// The hidden state at each step of `x` in its own order, zero at padding,
    /// `[batch, steps, hidden]`. `x` is the batch that was unrolled.
    pub fn steps(self, x: &Padded) -> Padded {
        let in_reading_order = x.with_values(Tensor::stack(self.hidden, 1));
        let in_own_order = match self.direction {
            Direction::Forward => in_reading_order,
            Direction::Backward => in_reading_order.reversed(),
        };
        in_own_order.zero_padding()
    }
}
