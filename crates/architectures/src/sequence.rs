//! Any cell over a padded batch, in either direction: in one operation where [`kernels`] has
//! the cell, else by the one time loop.

use burn::tensor::Tensor;
use kernels::{CellKind, Initial, Padded, Probe, Run, RunOutput, Weights, recurrent_sequence};

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
    Whole(RunOutput),
}

/// Runs `cell` over every sequence of `x`, `[batch, steps, input]`, from `initial`
/// (zero when absent). A sequence that has ended keeps its state.
pub fn unroll<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<C::State>,
) -> Unrolled<C::State> {
    cell.whole_sequence(x, direction, initial.as_ref(), None)
        .unwrap_or_else(|| unroll_stepwise(cell, x, direction, initial, None))
}

/// The same with a probe of as many hidden units as the cell: after the backward pass it has
/// the gradient of the loss by the hidden state at each step, and [`Unrolled::gates`] are
/// there to be read.
pub fn unroll_probed<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<C::State>,
    probe: &Probe,
) -> Unrolled<C::State> {
    cell.whole_sequence(x, direction, initial.as_ref(), Some(probe))
        .unwrap_or_else(|| unroll_stepwise(cell, x, direction, initial, Some(probe)))
}

/// The same by the time loop: what a whole sequence is tested against, and how a cell runs
/// that [`kernels`] does not have.
pub fn unroll_stepwise<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<C::State>,
    probe: Option<&Probe>,
) -> Unrolled<C::State> {
    let in_reading_order = |values: &Tensor<3>| match direction {
        Direction::Forward => values.clone(),
        Direction::Backward => x.with_values(values.clone()).reversed().values().clone(),
    };
    let at = |values: &Tensor<3>, t| values.clone().narrow(1, t, 1).squeeze_dim(1);
    let read = in_reading_order(x.values());
    let added = probe.map(|probe| in_reading_order(probe.zeros()));
    let mut state = initial.unwrap_or_else(|| cell.zero_state(x.batch(), &x.device()));
    let mut hidden = Vec::with_capacity(x.steps());
    for t in 0..x.steps() {
        let mut next = cell.step(at(&read, t), &state); // of x_t [batch, input]
        if let Some(added) = &added {
            let h = next.hidden() + at(added, t);
            next = next.with_hidden(h);
        }
        state = match x.ended_before(t) {
            Some(ended) => next.unless(&ended, &state),
            None => next,
        };
        hidden.push(state.hidden());
    }
    Unrolled { hidden: Hidden::Steps(hidden, direction), last: state }
}

/// The same in one operation; `last` takes the final state out of what that gives.
pub(crate) fn unroll_whole<S: CellState>(
    (kind, weights): (CellKind, Weights),
    x: &Padded,
    direction: Direction,
    initial: Option<Initial>,
    probe: Option<&Probe>,
    last: impl FnOnce(&RunOutput) -> S,
) -> Unrolled<S> {
    let run = Run { reverse: direction == Direction::Backward, initial, probe: probe.cloned() };
    let output = recurrent_sequence(kind, x, &weights, run);
    Unrolled { last: last(&output), hidden: Hidden::Whole(output) }
}

impl<S: CellState> Unrolled<S> {
    /// The gates at each step after their nonlinearity, `[batch, steps, gates·hidden]`, as
    /// [`RunOutput::gates`]; `None` without a probe and of a cell that runs step by step.
    pub fn gates(&self) -> Option<&Tensor<3>> {
        match &self.hidden {
            Hidden::Whole(output) => output.gates.as_ref(),
            Hidden::Steps(..) => None,
        }
    }

    /// The hidden state at each step of `x` in its own order, zero at padding,
    /// `[batch, steps, hidden]`. `x` is the batch that was unrolled.
    pub fn steps(self, x: &Padded) -> Padded {
        match self.hidden {
            Hidden::Whole(output) => x.with_values(output.hidden),
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
