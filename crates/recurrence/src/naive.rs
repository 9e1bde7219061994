//! The definition in scalar loops and f64: what the fast code is tested against.

use super::{CellKind, Gradients, Inputs, Outputs, Problem, Upstream};

/// One sequence's gates, states and products, step by step in reading order.
struct Trace {
    /// Gates after their nonlinearity, `[gates·hidden]` for each step.
    gates: Vec<Vec<f64>>,
    /// `R_n h + c_n` of a GRU, `[hidden]` for each step.
    candidates: Vec<Vec<f64>>,
    /// r ⊙ h of a GRU whose reset comes before the product, `[hidden]` for each step.
    resets: Vec<Vec<f64>>,
    /// Initial hidden state and the one after each step.
    hidden: Vec<Vec<f64>>,
    /// Initial memory cell and the one after each step.
    cells: Vec<Vec<f64>>,
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// x W for one row.
fn times(x: &[f64], weight: &[f32], width: usize) -> Vec<f64> {
    let mut product = vec![0.0; width];
    for (x, row) in x.iter().zip(weight.chunks_exact(width)) {
        for (sum, &w) in product.iter_mut().zip(row) {
            *sum += x * f64::from(w);
        }
    }
    product
}

fn trace(problem: &Problem, inputs: &Inputs, row: usize) -> Trace {
    let Problem { steps, input, hidden, .. } = *problem;
    let width = problem.width();
    let state = row * hidden..(row + 1) * hidden;
    let cell = if inputs.c0.is_empty() { vec![] } else { wide(&inputs.c0[state.clone()]) };
    let mut trace = Trace {
        gates: vec![],
        candidates: vec![],
        resets: vec![],
        hidden: vec![wide(&inputs.h0[state])],
        cells: vec![cell],
    };
    for step in 0..problem.length(row) {
        let at = (row * steps + problem.place(row, step)) * input;
        let x = times(&wide(&inputs.x[at..at + input]), inputs.input_weight, width);
        let h = trace.hidden[step].clone();
        let mut r = times(&h, inputs.recurrent_weight, width);
        if problem.kind == CellKind::GruResetBefore {
            let reset: Vec<f64> = (0..hidden)
                .map(|j| sigmoid(x[j] + f64::from(inputs.bias[j]) + r[j]) * h[j])
                .collect();
            let last = times(&reset, inputs.recurrent_weight, width);
            r[2 * hidden..].copy_from_slice(&last[2 * hidden..]);
            trace.resets.push(reset);
        }
        let sum: Vec<f64> = (0..width).map(|k| x[k] + f64::from(inputs.bias[k]) + r[k]).collect();
        let mut gates = vec![0.0; width];
        let mut next = vec![0.0; hidden];
        let mut cell = vec![0.0; hidden];
        let mut candidate = vec![0.0; hidden];
        for j in 0..hidden {
            let column = |gate: usize| gate * hidden + j;
            match problem.kind {
                CellKind::VanillaTanh => gates[j] = sum[j].tanh(),
                CellKind::VanillaRelu => {
                    gates[j] = if sum[j] < 0.0 { 0.0 } else { sum[j] };
                }
                CellKind::Lstm => {
                    for gate in [0, 1, 3] {
                        gates[column(gate)] = sigmoid(sum[column(gate)]);
                    }
                    gates[column(2)] = sum[column(2)].tanh();
                    cell[j] = gates[column(1)] * trace.cells[step][j]
                        + gates[column(0)] * gates[column(2)];
                }
                CellKind::GruResetBefore => {
                    for gate in [0, 1] {
                        gates[column(gate)] = sigmoid(sum[column(gate)]);
                    }
                    gates[column(2)] = sum[column(2)].tanh();
                }
                CellKind::Gru => {
                    for gate in [0, 1] {
                        gates[column(gate)] = sigmoid(sum[column(gate)]);
                    }
                    candidate[j] = r[column(2)] + f64::from(inputs.candidate_bias[j]);
                    let n = x[column(2)] + f64::from(inputs.bias[column(2)]);
                    gates[column(2)] = (n + gates[column(0)] * candidate[j]).tanh();
                }
            }
            next[j] = match problem.kind {
                CellKind::VanillaTanh | CellKind::VanillaRelu => gates[j],
                CellKind::Lstm => gates[column(3)] * cell[j].tanh(),
                CellKind::Gru | CellKind::GruResetBefore => {
                    gates[column(2)] + gates[column(1)] * (h[j] - gates[column(2)])
                }
            };
        }
        trace.gates.push(gates);
        trace.candidates.push(candidate);
        trace.hidden.push(next);
        trace.cells.push(cell);
    }
    trace
}

/// As [`super::Saved::gates`].
pub(super) fn gates(problem: &Problem, inputs: &Inputs) -> Vec<f32> {
    let width = problem.width();
    let mut all = vec![0.0; problem.batch * problem.steps * width];
    for row in 0..problem.batch {
        for (step, gates) in trace(problem, inputs, row).gates.iter().enumerate() {
            let at = (row * problem.steps + problem.place(row, step)) * width;
            for (to, &from) in all[at..at + width].iter_mut().zip(gates) {
                *to = from as f32;
            }
        }
    }
    all
}

/// As [`super::forward`].
pub(super) fn forward(problem: &Problem, inputs: &Inputs, outputs: Outputs) {
    let Problem { steps, hidden, .. } = *problem;
    let Outputs { hidden: hiddens, last_hidden, last_cell } = outputs;
    hiddens.fill(0.0);
    for row in 0..problem.batch {
        let trace = trace(problem, inputs, row);
        let write = |to: &mut [f32], at: usize, values: &[f64]| {
            for (to, &value) in to[at * hidden..][..hidden].iter_mut().zip(values) {
                *to = value as f32;
            }
        };
        let length = problem.length(row);
        for step in 0..length {
            write(hiddens, row * steps + problem.place(row, step), &trace.hidden[step + 1]);
        }
        write(last_hidden, row, &trace.hidden[length]);
        if problem.kind == CellKind::Lstm {
            write(last_cell, row, &trace.cells[length]);
        }
    }
}

/// The gradients in f64; see [`Gradients`] for the shapes.
struct Sums {
    x: Vec<f64>,
    hidden: Vec<f64>,
    input_weight: Vec<f64>,
    recurrent_weight: Vec<f64>,
    bias: Vec<f64>,
    candidate_bias: Vec<f64>,
    h0: Vec<f64>,
    c0: Vec<f64>,
}

/// The gradients of one step's sums: of `x W + b`, and of `h R + c`.
fn gate_gradients(
    kind: CellKind,
    trace: &Trace,
    step: usize,
    dh: &mut [f64],
    dc: &mut [f64],
) -> (Vec<f64>, Vec<f64>) {
    let hidden = dh.len();
    let gates = &trace.gates[step];
    let mut by_input = vec![0.0; gates.len()];
    let mut by_hidden = vec![0.0; gates.len()];
    for j in 0..hidden {
        let gate = |index: usize| gates[index * hidden + j];
        match kind {
            CellKind::VanillaTanh => by_input[j] = dh[j] * (1.0 - gate(0) * gate(0)),
            CellKind::VanillaRelu => by_input[j] = if gate(0) <= 0.0 { 0.0 } else { dh[j] },
            CellKind::Lstm => {
                let (i, f, g, o) = (gate(0), gate(1), gate(2), gate(3));
                let t = trace.cells[step + 1][j].tanh();
                let c = dc[j] + dh[j] * o * (1.0 - t * t);
                by_input[j] = c * g * i * (1.0 - i);
                by_input[hidden + j] = c * trace.cells[step][j] * f * (1.0 - f);
                by_input[2 * hidden + j] = c * i * (1.0 - g * g);
                by_input[3 * hidden + j] = dh[j] * t * o * (1.0 - o);
                dc[j] = c * f;
            }
            CellKind::GruResetBefore => {
                // What belongs to r follows in `reset_gradients`.
                let (z, n) = (gate(1), gate(2));
                by_input[hidden + j] = dh[j] * (trace.hidden[step][j] - n) * z * (1.0 - z);
                by_input[2 * hidden + j] = dh[j] * (1.0 - z) * (1.0 - n * n);
                dh[j] *= z;
            }
            CellKind::Gru => {
                let (r, z, n) = (gate(0), gate(1), gate(2));
                let candidate = trace.candidates[step][j];
                let dn = dh[j] * (1.0 - z) * (1.0 - n * n);
                by_input[j] = dn * candidate * r * (1.0 - r);
                by_input[hidden + j] = dh[j] * (trace.hidden[step][j] - n) * z * (1.0 - z);
                by_input[2 * hidden + j] = dn;
                by_hidden[2 * hidden + j] = dn * r;
                dh[j] *= z;
            }
        }
        if !matches!(kind, CellKind::Gru | CellKind::GruResetBefore) {
            dh[j] = 0.0;
        }
    }
    let shared = match kind {
        CellKind::Gru | CellKind::GruResetBefore => 2 * hidden,
        _ => gates.len(),
    };
    by_hidden[..shared].copy_from_slice(&by_input[..shared]);
    (by_input, by_hidden)
}

/// What the candidate's gradient means for r, its weights and h, where the reset comes before
/// the product.
fn reset_gradients(
    trace: &Trace,
    step: usize,
    weight: &[f32],
    weight_grad: &mut [f64],
    by_input: &mut [f64],
    dh: &mut [f64],
) {
    let (hidden, width) = (dh.len(), by_input.len());
    for k in 0..hidden {
        let (r, h) = (trace.gates[step][k], trace.hidden[step][k]);
        let mut grad = 0.0;
        for column in 2 * hidden..width {
            grad += by_input[column] * f64::from(weight[k * width + column]);
            weight_grad[k * width + column] += trace.resets[step][k] * by_input[column];
        }
        by_input[k] = grad * h * r * (1.0 - r);
        dh[k] += grad * r;
    }
}

/// The gradient of a row by which `weight` was multiplied; adds to the weight's own.
fn through(grad: &[f64], x: &[f64], weight: &[f32], weight_grad: &mut [f64]) -> Vec<f64> {
    let width = grad.len();
    let mut result = vec![0.0; x.len()];
    for (k, result) in result.iter_mut().enumerate() {
        for column in 0..width {
            *result += grad[column] * f64::from(weight[k * width + column]);
            weight_grad[k * width + column] += x[k] * grad[column];
        }
    }
    result
}

/// As [`super::backward`], but starting from the inputs.
pub(super) fn backward(problem: &Problem, inputs: &Inputs, upstream: Upstream) -> Gradients {
    let Problem { kind, steps, input, hidden, .. } = *problem;
    let mut sums = Sums {
        x: vec![0.0; inputs.x.len()],
        hidden: vec![0.0; problem.batch * steps * hidden],
        input_weight: vec![0.0; inputs.input_weight.len()],
        recurrent_weight: vec![0.0; inputs.recurrent_weight.len()],
        bias: vec![0.0; inputs.bias.len()],
        candidate_bias: vec![0.0; inputs.candidate_bias.len()],
        h0: vec![0.0; inputs.h0.len()],
        c0: vec![0.0; inputs.c0.len()],
    };
    // What is empty counts as zeros.
    let row_of = |above: &[f32], at: usize| {
        if above.is_empty() { vec![0.0; hidden] } else { wide(&above[at * hidden..][..hidden]) }
    };
    for row in 0..problem.batch {
        let trace = trace(problem, inputs, row);
        let grad_at = |place: usize| row_of(upstream.hidden, row * steps + place);
        let mut dh = row_of(upstream.last_hidden, row);
        let mut dc = if kind == CellKind::Lstm { row_of(upstream.last_cell, row) } else { vec![] };
        for step in (0..problem.length(row)).rev() {
            let place = problem.place(row, step);
            for (dh, grad) in dh.iter_mut().zip(grad_at(place)) {
                *dh += grad;
            }
            sums.hidden[(row * steps + place) * hidden..][..hidden].copy_from_slice(&dh);
            let (mut by_input, mut by_hidden) =
                gate_gradients(kind, &trace, step, &mut dh, &mut dc);
            if kind == CellKind::GruResetBefore {
                let (weight, grad) = (inputs.recurrent_weight, &mut sums.recurrent_weight);
                reset_gradients(&trace, step, weight, grad, &mut by_input, &mut dh);
                by_hidden[..hidden].copy_from_slice(&by_input[..hidden]);
            }
            let at = (row * steps + place) * input;
            let x = wide(&inputs.x[at..at + input]);
            let dx = through(&by_input, &x, inputs.input_weight, &mut sums.input_weight);
            sums.x[at..at + input].copy_from_slice(&dx);
            let weight = inputs.recurrent_weight;
            let back = through(&by_hidden, &trace.hidden[step], weight, &mut sums.recurrent_weight);
            for (dh, back) in dh.iter_mut().zip(back) {
                *dh += back;
            }
            for (sum, grad) in sums.bias.iter_mut().zip(&by_input) {
                *sum += grad;
            }
            for (sum, grad) in
                sums.candidate_bias.iter_mut().zip(&by_hidden[width_before(kind, hidden)..])
            {
                *sum += grad;
            }
        }
        sums.h0[row * hidden..][..hidden].copy_from_slice(&dh);
        if kind == CellKind::Lstm {
            sums.c0[row * hidden..][..hidden].copy_from_slice(&dc);
        }
    }
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Gradients {
        x: narrow(sums.x),
        hidden: narrow(sums.hidden),
        input_weight: narrow(sums.input_weight),
        recurrent_weight: narrow(sums.recurrent_weight),
        bias: narrow(sums.bias),
        candidate_bias: narrow(sums.candidate_bias),
        h0: narrow(sums.h0),
        c0: narrow(sums.c0),
    }
}

/// The first column of the last gate.
fn width_before(kind: CellKind, hidden: usize) -> usize {
    (kind.gates() - 1) * hidden
}
