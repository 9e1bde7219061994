//! The definition of a recurrent layer, in operations that every backend has: one product for
//! the inputs of all steps, then step by step.

use burn::tensor::{Tensor, activation};

use crate::layer::{Initial, Run, RunOutput, Weights, checked};
use crate::padded::Padded;
use recurrence::CellKind;

/// As [`crate::recurrent_sequence`], on any backend and for any float type.
///
/// # Panics
/// As that: a caller's mistake, never a user's.
pub fn recurrent_sequence(kind: CellKind, x: &Padded, weights: &Weights, run: Run) -> RunOutput {
    let mut state = checked(kind, x, weights, &run);
    let Run { reverse, probe, .. } = run;
    // Between the sequence's own order and reading order, either way.
    let turned = |batch: Padded| if reverse { batch.reversed() } else { batch };
    let by_step = |values: Tensor<3>| steps_of(turned(x.with_values(values)).values().clone());
    let joined = |steps: Vec<Tensor<2>>| x.with_values(Tensor::stack(steps, 1));
    let in_place = |read: Padded| turned(read).zero_padding().values().clone();

    // Padding is put to zero so that even NaN in it has no influence.
    let projected = by_step(input_products(x.clone().zero_padding().values().clone(), weights));
    let added = probe.as_ref().map(|probe| by_step(probe.zeros().clone()));
    let (mut hidden, mut cells, mut gates) = (vec![], vec![], vec![]);
    for (t, projected) in projected.into_iter().enumerate() {
        state = without_ended(state, x, t);
        let step = step(kind, projected, &state, weights);
        state = step.state;
        if let Some(added) = &added {
            state.hidden = state.hidden + added[t].clone();
            gates.push(Tensor::cat(step.gates, 1).detach());
        }
        hidden.push(state.hidden.clone());
        cells.extend(state.cell.clone());
    }
    let hidden = joined(hidden);
    RunOutput {
        last_hidden: hidden.at_last_valid(),
        last_cell: (!cells.is_empty()).then(|| joined(cells).at_last_valid()),
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
fn without_ended(state: Initial, x: &Padded, t: usize) -> Initial {
    let Some(ended) = x.ended_before(t) else {
        return state;
    };
    let ended = ended.expand(state.hidden.shape());
    let zeroed = |state: Tensor<2>| state.mask_fill(ended.clone(), 0.0);
    Initial { hidden: zeroed(state.hidden), cell: state.cell.map(zeroed) }
}

/// What one step gives.
struct Step {
    state: Initial,
    /// After their nonlinearity, `[batch, hidden]` each.
    gates: Vec<Tensor<2>>,
}

/// One step from W x + b, `[batch, gates·hidden]`.
fn step(kind: CellKind, wx: Tensor<2>, state: &Initial, weights: &Weights) -> Step {
    let h = state.hidden.clone();
    let recurrent = weights.recurrent_weight.clone();
    let width = h.dims()[1];
    let gate = |sums: &Tensor<2>, index| sums.clone().narrow(1, index * width, width);
    let sigmoid = |sums: &Tensor<2>, index| activation::sigmoid(gate(sums, index));
    match kind {
        CellKind::VanillaTanh | CellKind::VanillaRelu => {
            let sum = wx + h.matmul(recurrent);
            let h = if kind == CellKind::VanillaTanh { sum.tanh() } else { activation::relu(sum) };
            Step { state: Initial { hidden: h.clone(), cell: None }, gates: vec![h] }
        }
        CellKind::Lstm => {
            let sums = wx + h.matmul(recurrent);
            let [i, f, o] = [0, 1, 3].map(|index| sigmoid(&sums, index));
            let g = gate(&sums, 2).tanh();
            let c = state.cell.clone().expect("an LSTM has a cell: checked");
            let c = f.clone() * c + i.clone() * g.clone();
            let h = o.clone() * c.clone().tanh();
            Step { state: Initial { hidden: h, cell: Some(c) }, gates: vec![i, f, g, o] }
        }
        CellKind::Gru => {
            let rh = h.clone().matmul(recurrent);
            let [r, z] =
                [0, 1].map(|index| activation::sigmoid(gate(&wx, index) + gate(&rh, index)));
            let bias = weights.candidate_bias.clone().expect("a GRU has it: checked");
            let n = (gate(&wx, 2) + r.clone() * (gate(&rh, 2) + bias.unsqueeze())).tanh();
            updated(h, r, z, n)
        }
        CellKind::GruResetBefore => {
            let gates = recurrent.clone().narrow(1, 0, 2 * width);
            let sums = wx.clone().narrow(1, 0, 2 * width) + h.clone().matmul(gates);
            let [r, z] = [0, 1].map(|index| sigmoid(&sums, index));
            let candidate = (r.clone() * h.clone()).matmul(recurrent.narrow(1, 2 * width, width));
            let n = (gate(&wx, 2) + candidate).tanh();
            updated(h, r, z, n)
        }
    }
}

/// h' = n + z ⊙ (h − n) of both GRUs.
fn updated(h: Tensor<2>, r: Tensor<2>, z: Tensor<2>, n: Tensor<2>) -> Step {
    let hidden = n.clone() + z.clone() * (h - n.clone());
    Step { state: Initial { hidden, cell: None }, gates: vec![r, z, n] }
}
