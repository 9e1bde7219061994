//! The recurrence in scalar loops and f64, with a cell's own statement: what the fast code is
//! tested against.

use super::check::Numbers;
use super::{Candidate, Gradients, Inputs, Kernel, Outputs, Pointwise, Problem, Upstream};

/// A cell's statement for f64, whatever its type.
pub(super) trait Definition: Kernel {
    fn operand_of(&self, unit: &mut Numbers) -> f64;
    fn step_of(&self, unit: &mut Numbers);
    fn derivative_of(&self, unit: &mut Numbers);
    fn operand_derivative_of(&self, unit: &mut Numbers, grad: f64);
}

impl<C: Pointwise> Definition for C {
    fn operand_of(&self, unit: &mut Numbers) -> f64 {
        self.operand(unit)
    }

    fn step_of(&self, unit: &mut Numbers) {
        self.step(unit);
    }

    fn derivative_of(&self, unit: &mut Numbers) {
        self.derivative(unit);
    }

    fn operand_derivative_of(&self, unit: &mut Numbers, grad: f64) {
        self.operand_derivative(unit, grad);
    }
}

/// All units of one sequence after one of its steps.
struct Step {
    units: Vec<Numbers>,
    /// What the candidate's product was of.
    operands: Vec<f64>,
}

fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|&value| f64::from(value)).collect()
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

/// Block by block: the number of unit `j` in each.
fn of_unit(blocks: &[f64], hidden: usize, j: usize) -> Vec<f64> {
    blocks.iter().copied().skip(j).step_by(hidden).collect()
}

/// The hidden state of the units, before or after their step.
fn hidden_of(units: &[Numbers], after: bool) -> Vec<f64> {
    units.iter().map(|unit| if after { unit.next_hidden } else { unit.hidden }).collect()
}

fn steps(cell: &dyn Definition, problem: &Problem, inputs: &Inputs, row: usize) -> Vec<Step> {
    let Problem { steps, input, hidden, .. } = *problem;
    let shape = cell.shape();
    let width = problem.width();
    let last = (shape.gates - 1) * hidden;
    let mut h = wide(&inputs.h0[row * hidden..][..hidden]);
    let mut memory = wide(&inputs.c0[row * shape.memory * hidden..][..shape.memory * hidden]);
    let (bias, parameters) = (wide(inputs.bias), wide(inputs.parameters));
    let candidate_bias = wide(inputs.candidate_bias);
    let mut all = vec![];
    for step in 0..problem.length(row) {
        let at = (row * steps + problem.place(row, step)) * input;
        let x = times(&wide(&inputs.x[at..at + input]), inputs.input_weight, width);
        let rh = times(&h, inputs.recurrent_weight, width); // zeros without R
        let shared = if shape.candidate == Candidate::Shared { width } else { last };
        let sums: Vec<f64> =
            (0..width).map(|k| x[k] + bias[k] + if k < shared { rh[k] } else { 0.0 }).collect();
        let mut units: Vec<Numbers> = (0..hidden)
            .map(|j| Numbers {
                gates: of_unit(&sums, hidden, j),
                own: candidate_bias.get(j).map_or(0.0, |bias| rh[last + j] + bias),
                hidden: h[j],
                memory: of_unit(&memory, hidden, j),
                next_memory: vec![0.0; shape.memory],
                parameters: of_unit(&parameters, hidden, j),
                ..Numbers::default()
            })
            .collect();
        let mut operands = vec![];
        if shape.candidate == Candidate::OfOperand {
            operands = units.iter_mut().map(|unit| cell.operand_of(unit)).collect();
            let product = times(&operands, inputs.recurrent_weight, width);
            for (unit, product) in units.iter_mut().zip(&product[last..]) {
                unit.gates[shape.gates - 1] += product;
            }
        }
        for unit in &mut units {
            cell.step_of(unit);
            if shape.gate_is_state {
                unit.gates[0] = unit.next_hidden;
            }
        }
        h = hidden_of(&units, true);
        let memory_of = |index: usize| units.iter().map(move |unit| unit.next_memory[index]);
        memory = (0..shape.memory).flat_map(memory_of).collect();
        all.push(Step { units, operands });
    }
    all
}

/// As [`super::Saved::gates`].
pub(super) fn gates(cell: &dyn Definition, problem: &Problem, inputs: &Inputs) -> Vec<f32> {
    let (width, hidden) = (problem.width(), problem.hidden);
    let mut all = vec![0.0; problem.batch * problem.steps * width];
    for row in 0..problem.batch {
        for (step, Step { units, .. }) in steps(cell, problem, inputs, row).iter().enumerate() {
            let at = (row * problem.steps + problem.place(row, step)) * width;
            for (j, unit) in units.iter().enumerate() {
                for (gate, &value) in unit.gates.iter().enumerate() {
                    all[at + gate * hidden + j] = value as f32;
                }
            }
        }
    }
    all
}

/// As [`super::forward`].
pub(super) fn forward(cell: &dyn Definition, problem: &Problem, inputs: &Inputs, outputs: Outputs) {
    let Problem { hidden, .. } = *problem;
    let memory = cell.shape().memory;
    let Outputs { hidden: hiddens, last_hidden, last_memory } = outputs;
    hiddens.fill(0.0);
    for row in 0..problem.batch {
        let steps = steps(cell, problem, inputs, row);
        let write = |to: &mut [f32], at: usize, step: &Step| {
            for (to, value) in to[at * hidden..][..hidden].iter_mut().zip(&step.units) {
                *to = value.next_hidden as f32;
            }
        };
        for (index, step) in steps.iter().enumerate() {
            write(hiddens, row * problem.steps + problem.place(row, index), step);
        }
        let Some(last) = steps.last() else { continue };
        write(last_hidden, row, last);
        for (j, unit) in last.units.iter().enumerate() {
            for (index, &value) in unit.next_memory.iter().enumerate() {
                last_memory[(row * memory + index) * hidden + j] = value as f32;
            }
        }
    }
}

/// The gradient of a row by which `weight` was multiplied, through some of its columns; adds
/// to the weight's own.
fn through(
    grad: &[f64],
    columns: std::ops::Range<usize>,
    x: &[f64],
    weight: &[f32],
    weight_grad: &mut [f64],
) -> Vec<f64> {
    let width = grad.len();
    let mut result = vec![0.0; x.len()];
    for (k, result) in result.iter_mut().enumerate() {
        for column in columns.clone() {
            *result += grad[column] * f64::from(weight[k * width + column]);
            weight_grad[k * width + column] += x[k] * grad[column];
        }
    }
    result
}

/// The numbers of a row of what comes from above; what is empty counts as zeros.
fn row_of(above: &[f32], at: usize, width: usize) -> Vec<f64> {
    if above.is_empty() { vec![0.0; width] } else { wide(&above[at * width..][..width]) }
}

/// As [`super::backward`], but starting from the inputs.
pub(super) fn backward(
    cell: &dyn Definition,
    problem: &Problem,
    inputs: &Inputs,
    upstream: Upstream,
) -> Gradients {
    let Problem { input, hidden, .. } = *problem;
    let shape = cell.shape();
    let width = problem.width();
    let last = width - hidden;
    let shared = match shape.candidate {
        _ if !shape.recurrent => 0,
        Candidate::Shared => width,
        _ => last,
    };
    let mut of_x = vec![0.0; inputs.x.len()];
    let mut of_hidden = vec![0.0; problem.batch * problem.steps * hidden];
    let mut of_input_weight = vec![0.0; inputs.input_weight.len()];
    let mut of_recurrent_weight = vec![0.0; inputs.recurrent_weight.len()];
    let mut of_bias = vec![0.0; width];
    let mut of_candidate_bias = vec![0.0; inputs.candidate_bias.len()];
    let mut of_parameters = vec![0.0; inputs.parameters.len()];
    let (mut h0, mut c0) = (vec![], vec![]);
    for row in 0..problem.batch {
        let mut dh = row_of(upstream.last_hidden, row, hidden);
        let mut dc = row_of(upstream.last_memory, row, shape.memory * hidden);
        for (index, step) in steps(cell, problem, inputs, row).into_iter().enumerate().rev() {
            let Step { mut units, operands } = step;
            let place = row * problem.steps + problem.place(row, index);
            for (dh, grad) in dh.iter_mut().zip(row_of(upstream.hidden, place, hidden)) {
                *dh += grad;
            }
            of_hidden[place * hidden..][..hidden].copy_from_slice(&dh);
            for (j, unit) in units.iter_mut().enumerate() {
                unit.hidden_grad = dh[j];
                unit.memory_grad = of_unit(&dc, hidden, j);
                unit.parameter_grad = vec![0.0; shape.parameters];
                cell.derivative_of(unit);
            }
            if shape.candidate == Candidate::OfOperand {
                let mut grad = vec![0.0; width];
                for (j, unit) in units.iter().enumerate() {
                    grad[last + j] = unit.gates[shape.gates - 1];
                }
                let weight = inputs.recurrent_weight;
                let sum = &mut of_recurrent_weight;
                let back = through(&grad, last..width, &operands, weight, sum);
                for (unit, grad) in units.iter_mut().zip(back) {
                    cell.operand_derivative_of(unit, grad);
                }
            }
            let past_products = shape.past_products || shape.candidate != Candidate::Shared;
            let mut sums = vec![0.0; width];
            let mut by_hidden = vec![0.0; width];
            for (j, unit) in units.iter().enumerate() {
                for (gate, &grad) in unit.gates.iter().enumerate() {
                    sums[gate * hidden + j] = grad;
                }
                for (index, &grad) in unit.memory_grad.iter().enumerate() {
                    dc[index * hidden + j] = grad;
                }
                for (index, &grad) in unit.parameter_grad.iter().enumerate() {
                    of_parameters[index * hidden + j] += grad;
                }
                if shape.candidate == Candidate::Apart {
                    by_hidden[last + j] = unit.own;
                    of_candidate_bias[j] += unit.own;
                }
                dh[j] = if past_products { unit.hidden_grad } else { 0.0 };
            }
            by_hidden[..shared].copy_from_slice(&sums[..shared]);
            let apart = shape.candidate == Candidate::Apart;
            let columns = 0..if apart { width } else { shared };
            let h = hidden_of(&units, false);
            let weight = inputs.recurrent_weight;
            let back = through(&by_hidden, columns, &h, weight, &mut of_recurrent_weight);
            for (dh, back) in dh.iter_mut().zip(back) {
                *dh += back;
            }
            let x = wide(&inputs.x[place * input..][..input]);
            let dx = through(&sums, 0..width, &x, inputs.input_weight, &mut of_input_weight);
            of_x[place * input..][..input].copy_from_slice(&dx);
            for (sum, grad) in of_bias.iter_mut().zip(&sums) {
                *sum += grad;
            }
        }
        h0.extend(dh);
        c0.extend(dc);
    }
    let narrow = |values: Vec<f64>| values.into_iter().map(|value| value as f32).collect();
    Gradients {
        x: narrow(of_x),
        hidden: narrow(of_hidden),
        input_weight: narrow(of_input_weight),
        recurrent_weight: narrow(of_recurrent_weight),
        bias: narrow(of_bias),
        candidate_bias: narrow(of_candidate_bias),
        parameters: narrow(of_parameters),
        h0: narrow(h0),
        c0: narrow(c0),
    }
}
