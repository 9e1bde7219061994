//! Against the equations number by number in f64, and their gradients by finite differences.

use tiles::Level;

use super::{MemoryRead, Normalized};
use crate::Kernel;
use crate::cells::{Gru, Lstm, SLstm, Squash, Vanilla};

const EPSILON: f64 = 1e-2;

/// Numbers in [-1, 1), none of which repeats soon.
fn numbers(seed: usize, count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i + 1) as f32 * 1.618 + seed as f32 * 0.77).sin()).collect()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn normalized(row: &[f64], scale: &[f64], shift: &[f64]) -> Vec<f64> {
    let count = row.len() as f64;
    let mean = row.iter().sum::<f64>() / count;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count;
    let rate = 1.0 / (variance + EPSILON).sqrt();
    row.iter().zip(scale.iter().zip(shift)).map(|(x, (a, b))| (x - mean) * rate * a + b).collect()
}

/// Which equations.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Which {
    Vanilla,
    Gru,
    Lstm,
    LstmOpen,
    SLstm,
}

impl Which {
    fn cell(self) -> Box<dyn Kernel> {
        match self {
            Self::Vanilla => Box::new(Vanilla::Tanh),
            Self::Gru => Box::new(Gru::RESET_AFTER),
            Self::Lstm => Box::new(Lstm::PLAIN),
            Self::LstmOpen => Box::new(Lstm {
                output_gate: false,
                output_activation: Squash::Identity,
                ..Lstm::PLAIN
            }),
            Self::SLstm => Box::new(SLstm::SigmoidForget),
        }
    }

    fn read(self) -> Option<MemoryRead> {
        match self {
            Self::Lstm => Some(MemoryRead { output: Some(3), through_tanh: true }),
            Self::LstmOpen => Some(MemoryRead { output: None, through_tanh: false }),
            _ => None,
        }
    }
}

/// The operands in the order of [`Normalized`].
fn states(
    which: Which,
    [batch, steps, hidden]: [usize; 3],
    lengths: &[usize],
    all: &[Vec<f64>],
) -> Vec<f64> {
    let [sums, weight, scale, shift, own, memory_scale, memory_shift, h0, m0] = all else {
        unreachable!()
    };
    let gates = scale.len() / hidden;
    let memory = m0.len() / batch / hidden;
    let width = (1 + memory) * hidden;
    let mut states = vec![0.0; batch * steps * width];
    for sequence in 0..batch {
        let mut h = h0[sequence * hidden..][..hidden].to_vec();
        let mut c = m0[sequence * memory * hidden..][..memory * hidden].to_vec();
        for step in 0..lengths[sequence] {
            let products: Vec<f64> = (0..gates * hidden)
                .map(|n| (0..hidden).map(|k| h[k] * weight[k * gates * hidden + n]).sum())
                .collect();
            let products = normalized(&products, scale, shift);
            let x = &sums[(sequence * steps + step) * gates * hidden..][..gates * hidden];
            let sum = |gate: usize, j: usize| x[gate * hidden + j] + products[gate * hidden + j];
            match which {
                Which::Vanilla => h = (0..hidden).map(|j| sum(0, j).tanh()).collect(),
                Which::Gru => {
                    h = (0..hidden)
                        .map(|j| {
                            let (r, z) = (sigmoid(sum(0, j)), sigmoid(sum(1, j)));
                            let n = 2 * hidden + j;
                            let n = (x[n] + r * (products[n] + own[j])).tanh();
                            n + z * (h[j] - n)
                        })
                        .collect();
                }
                Which::SLstm => {
                    // c / n, and ln n above -30.
                    let (read, log) = c.split_at(hidden);
                    let mut after = vec![0.0; 2 * hidden];
                    for j in 0..hidden {
                        let (i, f) = (sum(0, j).exp(), sigmoid(sum(1, j)));
                        let kept = f * (log[j] - 30.0).exp();
                        let n = kept + i;
                        after[j] = (kept * read[j] + i * sum(2, j).tanh()) / n;
                        after[hidden + j] = n.ln() + 30.0;
                    }
                    c = after;
                    h = (0..hidden).map(|j| sigmoid(sum(3, j)) * c[j]).collect();
                }
                Which::Lstm | Which::LstmOpen => {
                    c = (0..hidden)
                        .map(|j| sigmoid(sum(1, j)) * c[j] + sigmoid(sum(0, j)) * sum(2, j).tanh())
                        .collect();
                    let read = normalized(&c, memory_scale, memory_shift);
                    h = (0..hidden)
                        .map(|j| match which {
                            Which::Lstm => sigmoid(sum(3, j)) * read[j].tanh(),
                            _ => read[j],
                        })
                        .collect();
                }
            }
            let to = &mut states[(sequence * steps + step) * width..][..width];
            to[..hidden].copy_from_slice(&h);
            to[hidden..].copy_from_slice(&c);
        }
    }
    states
}

fn near(got: &[f32], expected: &[f64], what: &str) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
    for (at, (got, expected)) in got.iter().zip(expected).enumerate() {
        let is_near = (f64::from(*got) - expected).abs() <= 5e-5 * scale;
        assert!(is_near, "{what} {at}: {got}, not {expected}");
    }
}

#[test]
fn cells_are_what_their_equations_say() {
    for (which, sizes) in [
        (Which::Vanilla, [3, 4, 5]),
        (Which::Gru, [2, 5, 3]),
        (Which::Gru, [19, 3, 2]),
        (Which::Lstm, [3, 4, 5]),
        (Which::Lstm, [2, 3, 16]),
        (Which::Lstm, [18, 3, 2]),
        (Which::LstmOpen, [2, 4, 3]),
        (Which::SLstm, [3, 4, 5]),
        (Which::SLstm, [2, 3, 16]),
    ] {
        check(which, sizes);
    }
}

fn check(which: Which, sizes @ [batch, steps, hidden]: [usize; 3]) {
    let cell = which.cell();
    let shape = cell.shape();
    let width = shape.gates * hidden;
    let lengths: Vec<usize> = (0..batch).map(|it| 1 + (it * 7 + 2) % steps).collect();
    let of_memory = if which.read().is_some() { hidden } else { 0 };
    let own = if which == Which::Gru { hidden } else { 0 };
    let counts = [
        batch * steps * width,
        hidden * width,
        width,
        width,
        own,
        of_memory,
        of_memory,
        batch * hidden,
        batch * shape.memory * hidden,
    ];
    let mut operands: Vec<Vec<f32>> =
        counts.iter().enumerate().map(|(seed, count)| numbers(seed, *count)).collect();
    for scale in [2, 5] {
        operands[scale].iter_mut().for_each(|value| *value = 1.0 + *value / 3.0);
    }
    let exact: Vec<Vec<f64>> =
        operands.iter().map(|it| it.iter().map(|&it| f64::from(it)).collect()).collect();
    let expected = states(which, sizes, &lengths, &exact);
    let gradient = numbers(77, expected.len());
    let slope = |which_operand: usize, at: usize| {
        let moved = |by: f64| {
            let mut all = exact.clone();
            all[which_operand][at] += by;
            let made = states(which, sizes, &lengths, &all);
            made.iter().zip(&gradient).map(|(a, b)| a * f64::from(*b)).sum::<f64>()
        };
        (moved(1e-5) - moved(-1e-5)) / 2e-5
    };
    let [sums, weight, scale, shift, own, memory_scale, memory_shift, h0, m0] = &operands[..]
    else {
        unreachable!()
    };
    // Padding is not read.
    let mut dirty = sums.clone();
    for (sequence, length) in lengths.iter().enumerate() {
        dirty[(sequence * steps + length) * width..(sequence + 1) * steps * width].fill(f32::NAN);
    }
    let problem = Normalized {
        cell: &*cell,
        batch,
        steps,
        hidden,
        lengths: &lengths,
        threads: 1,
        epsilon: EPSILON as f32,
        read: which.read(),
        sums: &dirty,
        recurrent_weight: weight,
        norm: [scale, shift],
        candidate_bias: own,
        memory_norm: [memory_scale, memory_shift],
        h0,
        m0,
    };
    for level in Level::available() {
        let (made, trace) = problem.forward_at(level);
        near(&made, &expected, &format!("{which:?} {}", level.name()));
        let got = problem.backward_at(level, trace, &gradient);
        let all = [
            &got.sums,
            &got.recurrent_weight,
            &got.norm[0],
            &got.norm[1],
            &got.candidate_bias,
            &got.memory_norm[0],
            &got.memory_norm[1],
            &got.h0,
            &got.m0,
        ];
        for (which_operand, got) in all.iter().enumerate() {
            // Of the largest operands some numbers.
            let every = (got.len() / 60).max(1);
            let places: Vec<usize> = (0..got.len()).step_by(every).collect();
            let some: Vec<f32> = places.iter().map(|&at| got[at]).collect();
            let expected: Vec<f64> = places.iter().map(|&at| slope(which_operand, at)).collect();
            near(&some, &expected, &format!("{which:?} {} gradient {which_operand}", level.name()));
        }
        let parallel = Normalized { threads: 3, ..problem };
        let (again, trace) = parallel.forward_at(level);
        assert_eq!(again, made);
        assert_eq!(parallel.backward_at(level, trace, &gradient), got);
    }
}
