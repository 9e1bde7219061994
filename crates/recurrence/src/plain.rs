//! The cells of the literature written plainly, number by number, with no statement: what their
//! statements are tested against.

use crate::cells::{Forget, Gru, Lstm, Minimal, Reset, SLstm, Squash, Vanilla};
use crate::naive::{self, Definition};
use crate::{Inputs, Outputs, Problem};

const SIZES: [usize; 4] = [2, 5, 3, 4];

/// Weights of a cell of `gates` gates and inputs, all different.
struct Weights {
    x: Vec<f32>,
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
    candidate_bias: Vec<f32>,
    parameters: Vec<f32>,
    h0: Vec<f32>,
    c0: Vec<f32>,
}

impl Weights {
    fn new(cell: &dyn Definition) -> Self {
        let [batch, steps, input, hidden] = SIZES;
        let shape = cell.shape();
        let width = shape.gates * hidden;
        let mut at = 0.0_f32;
        let mut fill = |count: usize| -> Vec<f32> {
            let next = |_| {
                at += 1.0;
                (at * 1.618).sin()
            };
            (0..count).map(next).collect()
        };
        Self {
            x: fill(batch * steps * input),
            input: fill(input * width),
            recurrent: fill(if shape.recurrent { hidden * width } else { 0 }),
            bias: fill(width),
            candidate_bias: fill(if shape.candidate == crate::Candidate::Apart {
                hidden
            } else {
                0
            }),
            parameters: fill(shape.parameters * hidden),
            h0: fill(batch * hidden),
            c0: fill(batch * shape.memory * hidden),
        }
    }

    /// W x + b of one number of one step.
    fn input_sum(&self, row: usize, step: usize, column: usize, width: usize) -> f64 {
        let [_, steps, input, _] = SIZES;
        let x = &self.x[(row * steps + step) * input..][..input];
        let product = |k: usize| f64::from(x[k]) * f64::from(self.input[k * width + column]);
        f64::from(self.bias[column]) + (0..input).map(product).sum::<f64>()
    }

    /// R h of one number.
    fn recurrent_sum(&self, h: &[f64], column: usize, width: usize) -> f64 {
        let product = |k: usize| h[k] * f64::from(self.recurrent[k * width + column]);
        (0..h.len()).map(product).sum()
    }

    fn states(&self, row: usize) -> (Vec<f64>, Vec<f64>) {
        let hidden = SIZES[3];
        let wide = |values: &[f32]| -> Vec<f64> {
            values.iter().skip(row * hidden).take(hidden).map(|&v| f64::from(v)).collect()
        };
        (wide(&self.h0), wide(&self.c0))
    }

    /// The hidden states and the last memory by the statement.
    fn by_the_statement(&self, cell: &dyn Definition) -> (Vec<f32>, Vec<f32>) {
        let [batch, steps, input, hidden] = SIZES;
        let problem = Problem {
            cell,
            batch,
            steps,
            input,
            hidden,
            lengths: None,
            reverse: false,
            threads: 1,
        };
        let inputs = Inputs {
            x: &self.x,
            input_weight: &self.input,
            recurrent_weight: &self.recurrent,
            bias: &self.bias,
            candidate_bias: &self.candidate_bias,
            parameters: &self.parameters,
            h0: &self.h0,
            c0: &self.c0,
        };
        let mut states = vec![0.0; batch * steps * hidden];
        let mut last_memory = self.c0.clone();
        let outputs = Outputs {
            hidden: &mut states,
            last_hidden: &mut vec![0.0; batch * hidden],
            last_memory: &mut last_memory,
        };
        naive::forward(cell, &problem, &inputs, outputs);
        (states, last_memory)
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Compares with `step`, which gives h' and c' of one unit from its index, the step's row and
/// place, h and c.
fn check(
    cell: &dyn Definition,
    step: impl Fn(&Weights, usize, [usize; 2], &[f64], &[f64]) -> (f64, f64),
) {
    let [batch, steps, _, hidden] = SIZES;
    let weights = Weights::new(cell);
    let (states, last_memory) = weights.by_the_statement(cell);
    for row in 0..batch {
        let (mut h, mut c) = weights.states(row);
        for t in 0..steps {
            let next: Vec<_> = (0..hidden).map(|j| step(&weights, j, [row, t], &h, &c)).collect();
            (h, c) = next.into_iter().unzip();
            for (j, h) in h.iter().enumerate() {
                let got = f64::from(states[(row * steps + t) * hidden + j]);
                assert!((got - h).abs() < 1e-6 * h.abs().max(1.0), "{cell:?}: {got}, not {h}");
            }
        }
        for (got, c) in last_memory.iter().skip(row * hidden).take(hidden).zip(c) {
            assert!(
                (f64::from(*got) - c).abs() < 1e-6 * c.abs().max(1.0),
                "{cell:?}: {got}, not {c}"
            );
        }
    }
}

#[test]
fn vanilla() {
    for cell in [Vanilla::Tanh, Vanilla::Relu] {
        check(&cell, |weights, j, [row, t], h, _| {
            let sum = weights.input_sum(row, t, j, h.len()) + weights.recurrent_sum(h, j, h.len());
            (if cell == Vanilla::Tanh { sum.tanh() } else { sum.max(0.0) }, 0.0)
        });
    }
}

/// The LSTM with each of its switches in each position.
pub(crate) fn every_lstm() -> impl Iterator<Item = Lstm> {
    [Forget::Learned, Forget::Coupled, Forget::One].into_iter().flat_map(|forget_gate| {
        (0..32).map(move |bits| {
            let on = |bit: usize| bits >> bit & 1 == 1;
            let squash = |on| if on { Squash::Tanh } else { Squash::Identity };
            Lstm {
                input_gate: on(0),
                forget_gate,
                output_gate: on(1),
                input_activation: squash(on(2)),
                output_activation: squash(on(3)),
                peepholes: on(4),
            }
        })
    })
}

/// The GRU with each of its switches in each position.
pub(crate) fn every_gru() -> impl Iterator<Item = Gru> {
    [Reset::AfterProduct, Reset::BeforeProduct, Reset::None]
        .into_iter()
        .flat_map(|reset| [true, false].map(|update_gate| Gru { reset, update_gate }))
}

#[test]
fn lstm_with_every_switch() {
    for lstm in every_lstm() {
        let forget_gate = lstm.forget_gate;
        check(&lstm, |weights, j, [row, t], h, c| {
            let hidden = h.len();
            let learned = [lstm.input_gate, forget_gate == Forget::Learned, true, lstm.output_gate];
            let width = learned.iter().filter(|learned| **learned).count() * hidden;
            // The block of a gate, and its sum with what it sees of the memory.
            let block = |gate: usize| learned[..gate].iter().filter(|it| **it).count();
            let sum = |gate: usize, memory: f64| {
                let column = block(gate) * hidden + j;
                let peephole = block(gate) - usize::from(gate == 3);
                let seen = if lstm.peepholes && gate != 2 {
                    f64::from(weights.parameters[peephole * hidden + j]) * memory
                } else {
                    0.0
                };
                let recurrent = weights.recurrent_sum(h, column, width);
                weights.input_sum(row, t, column, width) + recurrent + seen
            };
            let apply = |squash, value: f64| match squash {
                Squash::Tanh => value.tanh(),
                Squash::Identity => value,
            };
            let i = if lstm.input_gate { sigmoid(sum(0, c[j])) } else { 1.0 };
            let f = match forget_gate {
                Forget::Learned => sigmoid(sum(1, c[j])),
                Forget::Coupled => 1.0 - i,
                Forget::One => 1.0,
            };
            let next = f * c[j] + i * apply(lstm.input_activation, sum(2, 0.0));
            let o = if lstm.output_gate { sigmoid(sum(3, next)) } else { 1.0 };
            (o * apply(lstm.output_activation, next), next)
        });
    }
}

#[test]
fn gru_with_every_switch() {
    for Gru { reset, update_gate } in every_gru() {
        check(&Gru { reset, update_gate }, |weights, j, [row, t], h, _| {
            let hidden = h.len();
            let update = usize::from(reset != Reset::None);
            let candidate = update + usize::from(update_gate);
            let width = (candidate + 1) * hidden;
            let input = |column| weights.input_sum(row, t, column, width);
            let gate = |block: usize, j: usize| {
                let column = block * hidden + j;
                sigmoid(input(column) + weights.recurrent_sum(h, column, width))
            };
            let column = candidate * hidden + j;
            let n = input(column)
                + match reset {
                    Reset::AfterProduct => {
                        let c = f64::from(weights.candidate_bias[j]);
                        gate(0, j) * (weights.recurrent_sum(h, column, width) + c)
                    }
                    Reset::BeforeProduct => {
                        let left: Vec<_> = (0..hidden).map(|k| gate(0, k) * h[k]).collect();
                        weights.recurrent_sum(&left, column, width)
                    }
                    Reset::None => weights.recurrent_sum(h, column, width),
                };
            let z = if update_gate { gate(update, j) } else { 0.0 };
            ((1.0 - z) * n.tanh() + z * h[j], 0.0)
        });
    }
}

#[test]
fn minimal_units() {
    check(&Minimal::Gru, |weights, j, [row, t], h, _| {
        let hidden = h.len();
        let sum = |gate: usize| weights.input_sum(row, t, gate * hidden + j, 2 * hidden);
        let z = sigmoid(sum(0));
        ((1.0 - z) * h[j] + z * sum(1), 0.0)
    });
    check(&Minimal::Lstm, |weights, j, [row, t], h, _| {
        let hidden = h.len();
        let sum = |gate: usize| weights.input_sum(row, t, gate * hidden + j, 3 * hidden);
        let (f, i) = (sigmoid(sum(0)), sigmoid(sum(1)));
        (f / (f + i) * h[j] + i / (f + i) * sum(2), 0.0)
    });
}

/// The paper's own variables: c, n and the stabiliser m, all 0 at the start.
#[test]
fn slstm() {
    let [batch, steps, _, hidden] = SIZES;
    for cell in [SLstm::SigmoidForget, SLstm::ExponentialForget] {
        let mut weights = Weights::new(&cell);
        weights.h0.fill(0.0);
        weights.c0.fill(0.0);
        // Sums of up to 40, whose exponentials need the stabiliser.
        weights.input.iter_mut().for_each(|weight| *weight *= 15.0);
        let (states, _) = weights.by_the_statement(&cell);
        for row in 0..batch {
            let mut h = vec![0.0; hidden];
            let (mut c, mut n, mut m) = (h.clone(), h.clone(), h.clone());
            for t in 0..steps {
                let before = h.clone();
                for j in 0..hidden {
                    let sum = |gate: usize| {
                        let column = gate * hidden + j;
                        weights.input_sum(row, t, column, 4 * hidden)
                            + weights.recurrent_sum(&before, column, 4 * hidden)
                    };
                    let log_forget = match cell {
                        SLstm::SigmoidForget => -(-sum(1)).exp().ln_1p(),
                        SLstm::ExponentialForget => sum(1),
                    };
                    let next = (log_forget + m[j]).max(sum(0));
                    let (i, f) = ((sum(0) - next).exp(), (log_forget + m[j] - next).exp());
                    c[j] = f * c[j] + i * sum(2).tanh();
                    n[j] = f * n[j] + i;
                    m[j] = next;
                    h[j] = sigmoid(sum(3)) * c[j] / n[j];
                    let got = f64::from(states[(row * steps + t) * hidden + j]);
                    assert!((got - h[j]).abs() < 1e-6, "{cell:?}: {got}, not {}", h[j]);
                }
            }
        }
    }
}
