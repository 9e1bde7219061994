//! An LSTM over a batch of sequences of different length, on plain slices, trained to say which of two
//! inputs came first: `cargo run --release -p unroll-recurrence --example fused_lstm`.
//!
//! No framework: forward and backward are one call each, the head is a dot product, and each
//! weight moves against its gradient.

use recurrence::cells::Lstm;
use recurrence::{Gradients, Inputs, Outputs, Problem, Upstream, Wanted, backward, forward};

const BATCH: usize = 32;
const STEPS: usize = 12;
const INPUT: usize = 2;
const HIDDEN: usize = 8;
/// i, f, g and o, side by side.
const WIDTH: usize = 4 * HIDDEN;
const RATE: f32 = 0.5;

struct Weights {
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
    head: Vec<f32>,
}

/// Numbers from -0.5 to 0.5 that depend on the seed alone.
fn draw(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    }
}

/// Sequences in which one input has a pulse early and the other one late; the label is 1 where the
/// first input was first.
fn batch() -> (Vec<f32>, Vec<usize>, Vec<f32>) {
    let mut uniform = draw(7);
    let mut x = vec![0.0; BATCH * STEPS * INPUT];
    let (mut lengths, mut labels) = (Vec::new(), Vec::new());
    for row in 0..BATCH {
        let length = STEPS / 2 + row % (STEPS / 2 + 1);
        let is_first = uniform() > 0.0;
        let first = ((uniform() + 0.5) * 3.0) as usize;
        let places = [first, length - 2];
        for (order, step) in places.into_iter().enumerate() {
            let channel = usize::from((order == 0) != is_first);
            x[(row * STEPS + step) * INPUT + channel] = 1.0;
        }
        lengths.push(length);
        labels.push(f32::from(u8::from(is_first)));
    }
    (x, lengths, labels)
}

fn main() {
    let (x, lengths, labels) = batch();
    let mut uniform = draw(3);
    let mut drawn = |count: usize| (0..count).map(|_| uniform()).collect::<Vec<_>>();
    let mut weights = Weights {
        input: drawn(INPUT * WIDTH),
        recurrent: drawn(HIDDEN * WIDTH),
        bias: drawn(WIDTH),
        head: drawn(HIDDEN),
    };
    let cell = Lstm::PLAIN;
    let problem = Problem {
        cell: &cell,
        batch: BATCH,
        steps: STEPS,
        input: INPUT,
        hidden: HIDDEN,
        lengths: Some(&lengths),
        reverse: false,
        threads: 1,
    };
    let zero = vec![0.0; BATCH * HIDDEN];
    let mut hidden = vec![0.0; BATCH * STEPS * HIDDEN];
    let (mut last_hidden, mut last_memory) = (zero.clone(), zero.clone());
    println!("vector instructions: {}", recurrence::instruction_set());

    for step in 0..=200 {
        let inputs = Inputs {
            x: &x,
            input_weight: &weights.input,
            recurrent_weight: &weights.recurrent,
            bias: &weights.bias,
            candidate_bias: &[],
            parameters: &[],
            h0: &zero,
            c0: &zero,
        };
        let outputs = Outputs {
            hidden: &mut hidden,
            last_hidden: &mut last_hidden,
            last_memory: &mut last_memory,
        };
        let saved = forward(&problem, &inputs, outputs, true).expect("it was asked for");

        // Logistic regression on the state after each sequence's last valid step.
        let (mut loss, mut right) = (0.0, 0);
        let mut by_last = vec![0.0; BATCH * HIDDEN];
        let mut by_head = vec![0.0; HIDDEN];
        for (row, label) in labels.iter().enumerate() {
            let state = &last_hidden[row * HIDDEN..][..HIDDEN];
            let logit: f32 = state.iter().zip(&weights.head).map(|(h, w)| h * w).sum();
            let probability = 1.0 / (1.0 + (-logit).exp());
            right += usize::from((probability > 0.5) == (*label > 0.5));
            loss -= if *label > 0.5 { probability.ln() } else { (1.0 - probability).ln() };
            let by_logit = (probability - label) / BATCH as f32;
            for unit in 0..HIDDEN {
                by_last[row * HIDDEN + unit] = by_logit * weights.head[unit];
                by_head[unit] += by_logit * state[unit];
            }
        }
        if step % 50 == 0 {
            println!("step {step:>3}: loss {:.3}, {right} of {BATCH} right", loss / BATCH as f32);
        }

        // The loss depends on the last hidden state alone; the inputs are data.
        let upstream = Upstream { hidden: &[], last_hidden: &by_last, last_memory: &[] };
        let wanted = Wanted { x: false, hidden: false, initial: false };
        let Gradients { input_weight, recurrent_weight, bias, .. } =
            backward(&problem, &inputs, saved, upstream, wanted);
        descend(&mut weights.input, &input_weight);
        descend(&mut weights.recurrent, &recurrent_weight);
        descend(&mut weights.bias, &bias);
        descend(&mut weights.head, &by_head);
    }
}

fn descend(weights: &mut [f32], gradient: &[f32]) {
    for (weight, by_weight) in weights.iter_mut().zip(gradient) {
        *weight -= RATE * by_weight;
    }
}
