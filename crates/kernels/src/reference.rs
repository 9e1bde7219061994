//! The definition of a recurrent layer, in operations that every backend has: one product for
//! the inputs of all steps, then step by step, or by a scan where the cell is linear in h.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::layer::{Run, RunOutput, Weights, checked};
use crate::padded::Padded;
use crate::state::State;
use crate::tensors::{After, Before, CellKernel};
use recurrence::Candidate;

/// As [`crate::recurrent_sequence`], on any backend and for any float type.
///
/// # Panics
/// As that: a caller's mistake, never a user's.
pub fn recurrent_sequence(
    cell: &Arc<dyn CellKernel>,
    x: &Padded,
    weights: &Weights,
    run: Run,
) -> RunOutput {
    let mut state = checked(&**cell, x, weights, &run);
    let Run { reverse, probe, .. } = run;
    // Between the sequence's own order and reading order, either way.
    let turned = |batch: Padded| if reverse { batch.reversed() } else { batch };
    let by_step = |values: Tensor<3>| steps_of(turned(x.with_values(values)).values().clone());
    let joined = |steps: Vec<Tensor<2>>| x.with_values(Tensor::stack(steps, 1));
    let in_place = |read: Padded| turned(read).zero_padding().values().clone();

    // Padding is put to zero so that even NaN in it has no influence.
    let projected = input_products(x.clone().zero_padding().values().clone(), weights);
    if cell.shape().linear {
        let sums = turned(x.with_values(projected));
        let added = probe.as_ref().map(|probe| turned(x.with_values(probe.zeros().clone())));
        let (hidden, gates) = scanned(&**cell, &sums, state, added, weights);
        let hidden = x.with_values(hidden);
        return RunOutput {
            last: State { hidden: hidden.at_last_valid(), memory: vec![] },
            hidden: in_place(hidden),
            gates: probe.map(|_| in_place(x.with_values(gates))),
        };
    }
    let projected = by_step(projected);
    let added = probe.as_ref().map(|probe| by_step(probe.zeros().clone()));
    let (mut hidden, mut gates) = (vec![], vec![]);
    let mut memory = vec![vec![]; state.memory.len()];
    for (t, projected) in projected.into_iter().enumerate() {
        state = without_ended(state, x, t);
        let after = recurrent_step(&**cell, projected, state, weights);
        state = after.0;
        if let Some(added) = &added {
            state.hidden = state.hidden + added[t].clone();
            gates.push(Tensor::cat(after.1, 1).detach());
        }
        hidden.push(state.hidden.clone());
        for (memory, of_step) in memory.iter_mut().zip(&state.memory) {
            memory.push(of_step.clone());
        }
    }
    let hidden = joined(hidden);
    RunOutput {
        last: State {
            hidden: hidden.at_last_valid(),
            memory: memory.into_iter().map(|memory| joined(memory).at_last_valid()).collect(),
        },
        hidden: in_place(hidden),
        gates: probe.map(|_| in_place(joined(gates))),
    }
}

/// W x + b at all steps, `[batch, steps, gates·hidden]`.
fn input_products(x: Tensor<3>, weights: &Weights) -> Tensor<3> {
    let [batch, steps, input] = x.dims();
    let products = x.reshape([batch * steps, input]).matmul(weights.input_weight.clone());
    let [_, width] = products.dims();
    (products + weights.bias.clone().unsqueeze()).reshape([batch, steps, width])
}

/// h at each step, `[batch, steps, hidden]`, and the gates, of a cell whose h' is linear in h, by a scan:
/// two steps become one, h'' = a' (a h + b) + b', then four, and so on (Hillis and Steele 1986,
/// doi:10.1145/7902.7903). It takes log₂(steps) operations where the loop takes as many as there are
/// steps.
fn scanned(
    cell: &dyn CellKernel,
    sums: &Padded,
    before: State,
    added: Option<Padded>,
    weights: &Weights,
) -> (Tensor<3>, Tensor<3>) {
    let (batch, steps) = (sums.batch(), sums.steps());
    let [_, hidden] = before.hidden.dims();
    let rows = sums.rows();
    let from = |h: f32| {
        let state = Tensor::full([batch * steps, hidden], h, (&rows.device(), rows.dtype()));
        recurrent_step(cell, rows.clone(), State { hidden: state, memory: vec![] }, weights)
    };
    let by_step = |rows: Tensor<2>| {
        let width = rows.dims()[1];
        rows.reshape([batch, steps, width])
    };
    let (from_zero, gates) = from(0.0);
    let mut kept = by_step(from(1.0).0.hidden - from_zero.hidden.clone());
    let mut made = by_step(from_zero.hidden);
    if let Some(added) = added {
        made = made + added.values().clone();
    }
    let first = kept.clone().narrow(1, 0, 1) * before.hidden.unsqueeze_dim(1);
    let later = made.clone().narrow(1, 0, 1) + first;
    made = match steps {
        1 => later,
        _ => Tensor::cat(vec![later, made.narrow(1, 1, steps - 1)], 1),
    };
    let mut reach = 1;
    while reach < steps {
        let behind = kept.clone().narrow(1, reach, steps - reach);
        let of = |all: &Tensor<3>, from: usize, count: usize| all.clone().narrow(1, from, count);
        let more = behind.clone() * of(&made, 0, steps - reach);
        let joined = of(&made, reach, steps - reach) + more;
        made = Tensor::cat(vec![of(&made, 0, reach), joined], 1);
        let further = behind * of(&kept, 0, steps - reach);
        kept = Tensor::cat(vec![of(&kept, 0, reach), further], 1);
        reach *= 2;
    }
    (made, by_step(Tensor::cat(gates, 1)).detach())
}

/// Each step of `[batch, steps, width]`, `[batch, width]`.
///
/// Taken out by halves: the gradient of each part is as large as what it was taken from, so
/// that single steps of the whole would cost the square of their number.
fn steps_of(values: Tensor<3>) -> Vec<Tensor<2>> {
    let steps = values.dims()[1];
    if steps == 1 {
        return vec![values.squeeze_dim(1)];
    }
    let first = steps / 2;
    let mut parts = steps_of(values.clone().narrow(1, 0, first));
    parts.extend(steps_of(values.narrow(1, first, steps - first)));
    parts
}

/// The state before step `t`, zero in the rows of sequences that have ended: their final
/// state is known, and nothing may come of running on.
fn without_ended(state: State, x: &Padded, t: usize) -> State {
    let Some(ended) = x.ended_before(t) else {
        return state;
    };
    let ended = ended.expand(state.hidden.shape());
    let zeroed = |state: Tensor<2>| state.mask_fill(ended.clone(), 0.0);
    State { hidden: zeroed(state.hidden), memory: state.memory.into_iter().map(zeroed).collect() }
}

/// One step of a cell from W x + b, `[batch, gates·hidden]`, what every backend can compute: the
/// state after it, and the gates after their nonlinearity, `[batch, hidden]` each.
///
/// # Panics
/// As [`crate::recurrent_sequence`].
pub fn recurrent_step(
    cell: &dyn CellKernel,
    wx: Tensor<2>,
    state: State,
    weights: &Weights,
) -> (State, Vec<Tensor<2>>) {
    let State { hidden, memory } = state;
    let [_, width] = hidden.dims();
    let shape = cell.shape();
    let product = |state: Tensor<2>| {
        let recurrent = weights.recurrent_weight.clone().expect("checked");
        state.matmul(recurrent)
    };
    let last = (shape.gates - 1) * width;
    let sums = match shape.candidate {
        _ if !shape.recurrent => wx,
        Candidate::Shared | Candidate::Apart => {
            let rh = product(hidden.clone());
            let state = State { hidden, memory };
            return recurrent_step_from_products(cell, wx, rh, state, weights);
        }
        Candidate::OfOperand => {
            let add = |wx| wx + product(hidden.clone()).narrow(1, 0, last);
            with_shared(wx, add, last)
        }
    };
    let parameters = parameters(weights, width);
    let before = |sums: Vec<Tensor<2>>| {
        let state = State { hidden: hidden.clone(), memory: memory.clone() };
        Before { sums, own: None, state, parameters: parameters.clone() }
    };
    let mut gates = sums.split(width, 1);
    if shape.candidate == Candidate::OfOperand {
        let (operand, after) = cell.operand_of_tensors(before(gates));
        gates = after;
        let product = product(operand).narrow(1, last, width);
        let candidate = &mut gates[shape.gates - 1];
        *candidate = candidate.clone() + product;
    }
    let After { state, gates } = cell.step_of_tensors(before(gates));
    (state, gates)
}

/// The same of a cell whose gates see R h, from W x + b and R h, `[batch, gates·hidden]` each: of
/// products that something has been done to.
///
/// # Panics
/// If a product is of anything but h.
pub fn recurrent_step_from_products(
    cell: &dyn CellKernel,
    wx: Tensor<2>,
    rh: Tensor<2>,
    state: State,
    weights: &Weights,
) -> (State, Vec<Tensor<2>>) {
    let [_, width] = state.hidden.dims();
    let (gates, candidate) = (cell.shape().gates, cell.shape().candidate);
    let last = (gates - 1) * width;
    let (sums, own) = match candidate {
        Candidate::Shared => (wx + rh, None),
        Candidate::Apart => {
            let bias = weights.candidate_bias.clone().expect("checked");
            let own = rh.clone().narrow(1, last, width) + bias.unsqueeze();
            (with_shared(wx, |wx| wx + rh.narrow(1, 0, last), last), Some(own))
        }
        Candidate::OfOperand => panic!("the candidate's product is not of h"),
    };
    let parameters = parameters(weights, width);
    let sums = sums.split(width, 1);
    let After { state, gates } = cell.step_of_tensors(Before { sums, own, state, parameters });
    (state, gates)
}

/// The weights of a cell's own, `[1, hidden]` each.
fn parameters(weights: &Weights, width: usize) -> Vec<Tensor<2>> {
    let all = weights.parameters.iter();
    all.flat_map(|own| own.clone().unsqueeze::<2>().split(width, 1)).collect()
}

/// The sums of all gates, of those before the column `last` after `add`.
fn with_shared(wx: Tensor<2>, add: impl FnOnce(Tensor<2>) -> Tensor<2>, last: usize) -> Tensor<2> {
    if last == 0 {
        return wx;
    }
    let width = wx.dims()[1];
    let shared = add(wx.clone().narrow(1, 0, last));
    Tensor::cat(vec![shared, wx.narrow(1, last, width - last)], 1)
}
