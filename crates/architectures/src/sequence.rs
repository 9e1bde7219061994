//! Any cell over a padded batch, in either direction: in one operation where [`kernels`] has
//! the cell, else by the one time loop.

use burn::tensor::Tensor;
use kernels::{Padded, Probe, State};

use crate::cell::Cell;
use crate::probing;
pub use crate::unrolled::{Direction, Unrolled};

/// Runs `cell` over every sequence of `x`, `[batch, steps, input]`, from `initial`
/// (zero when absent). A sequence that has ended keeps its state.
pub fn unroll<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<State>,
) -> Unrolled {
    if let Some(probe) = probing::probe(x, cell.hidden()) {
        let unrolled = unroll_probed(cell, x, direction, initial, &probe);
        probing::record(cell, probe, direction, x, &unrolled);
        return unrolled;
    }
    cell.whole_sequence(x, direction, initial.as_ref(), None)
        .unwrap_or_else(|| unroll_stepwise(cell, x, direction, initial, None))
}

/// The hidden state at each step of sequences that go on where others ended, read forward
/// from the `carried` state of those (none at the start of a stream), and the state after
/// them, with its history cut off: gradients stop at the boundary (truncated backpropagation
/// through time, Williams and Peng 1990, Neural Computation 2:490-501).
pub fn unroll_carried<C: Cell>(
    cell: &C,
    x: &Padded,
    carried: &[Tensor<2>],
) -> (Padded, Vec<Tensor<2>>) {
    let unrolled = unroll(cell, x, Direction::Forward, State::of_tensors(carried));
    let last = unrolled.last().tensors().into_iter().map(Tensor::detach).collect();
    (unrolled.steps(x), last)
}

/// The same as [`unroll`] with a probe of as many hidden units as the cell: after the backward
/// pass it has the gradient of the loss by the hidden state at each step, and
/// [`Unrolled::gates`] are there to be read.
pub fn unroll_probed<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<State>,
    probe: &Probe,
) -> Unrolled {
    cell.whole_sequence(x, direction, initial.as_ref(), Some(probe))
        .unwrap_or_else(|| unroll_stepwise(cell, x, direction, initial, Some(probe)))
}

/// The same by the time loop: what a whole sequence is tested against, and how a cell runs
/// that [`kernels`] does not have.
pub fn unroll_stepwise<C: Cell>(
    cell: &C,
    x: &Padded,
    direction: Direction,
    initial: Option<State>,
    probe: Option<&Probe>,
) -> Unrolled {
    let in_reading_order =
        |values: &Tensor<3>| direction.turned(x.with_values(values.clone())).values().clone();
    let at = |values: &Tensor<3>, t| values.clone().narrow(1, t, 1).squeeze_dim(1);
    let read = in_reading_order(x.values());
    let added = probe.map(|probe| in_reading_order(probe.zeros()));
    let mut state = initial.unwrap_or_else(|| cell.zero_state(x.batch(), &x.device()));
    let mut hidden = Vec::with_capacity(x.steps());
    for t in 0..x.steps() {
        let mut next = cell.step(at(&read, t), &state); // of x_t [batch, input]
        if let Some(added) = &added {
            next.hidden = next.hidden + at(added, t);
        }
        state = match x.ended_before(t) {
            Some(ended) => next.unless(&ended, &state),
            None => next,
        };
        hidden.push(state.hidden.clone());
    }
    Unrolled::stepwise(hidden, direction, state)
}
