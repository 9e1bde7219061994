//! The fast code against its definition in scalar loops.

use proptest::prelude::*;

use tiles::Level;

use super::cells::{Forget, Gru, Lstm, Minimal, Reset, SLstm, Squash, Vanilla};
use super::contrived::Contrived;
use super::naive::Definition;
use super::plain::{every_gru, every_lstm};
use super::{
    Candidate, Gradients, Inputs, Outputs, Problem, Upstream, Wanted, backward, check_derivative,
    forward, naive,
};

type Cell = &'static dyn Definition;

/// The cells that have a kernel of their own in other frameworks.
const KINDS: [Cell; 5] =
    [&Vanilla::Tanh, &Vanilla::Relu, &Lstm::PLAIN, &Gru::RESET_AFTER, &Gru::RESET_BEFORE];
/// Every other part taken out, alone and together.
const VARIANTS: [Cell; 17] = [
    &SLstm::SigmoidForget,
    &SLstm::ExponentialForget,
    &Minimal::Gru,
    &Minimal::Lstm,
    &Contrived,
    &Lstm { input_gate: false, ..Lstm::PLAIN },
    &Lstm { forget_gate: Forget::One, ..Lstm::PLAIN },
    &Lstm { output_gate: false, ..Lstm::PLAIN },
    &Lstm { forget_gate: Forget::Coupled, ..Lstm::PLAIN },
    &Lstm { input_activation: Squash::Identity, ..Lstm::PLAIN },
    &Lstm { output_activation: Squash::Identity, ..Lstm::PLAIN },
    &Lstm { peepholes: true, ..Lstm::PLAIN },
    &Lstm { peepholes: true, forget_gate: Forget::Coupled, ..Lstm::PLAIN },
    &Lstm {
        input_gate: false,
        forget_gate: Forget::Coupled,
        output_gate: false,
        input_activation: Squash::Identity,
        output_activation: Squash::Identity,
        peepholes: true,
    },
    &Gru { reset: Reset::None, update_gate: true },
    &Gru { reset: Reset::AfterProduct, update_gate: false },
    &Gru { reset: Reset::BeforeProduct, update_gate: false },
];

fn all() -> impl Iterator<Item = Cell> {
    KINDS.into_iter().chain(VARIANTS)
}
const ALL: Wanted = Wanted { x: true, hidden: true, initial: true };

/// Owned tensors of a problem.
#[derive(Debug, Clone)]
struct Case {
    kind: Cell,
    sizes: [usize; 4],
    lengths: Option<Vec<usize>>,
    reverse: bool,
    threads: usize,
    x: Vec<f32>,
    weights: [Vec<f32>; 5],
    states: [Vec<f32>; 2],
    /// The gradients by hidden states, last hidden state and last memory.
    above: [Vec<f32>; 3],
}

/// Hidden states, last hidden state and last memory.
#[derive(Debug, Clone)]
struct Out([Vec<f32>; 3]);

impl Out {
    fn outputs(&mut self) -> Outputs<'_> {
        let [hidden, last_hidden, last_memory] = &mut self.0;
        Outputs { hidden, last_hidden, last_memory }
    }

    fn all(&self) -> Vec<f32> {
        self.0.concat()
    }
}

/// Numbers in −1..1 from a linear congruential generator.
fn numbers(seed: &mut u64, count: usize) -> Vec<f32> {
    let mut next = || {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

impl Case {
    /// `[batch, steps, input, hidden]`
    fn new(kind: Cell, sizes: [usize; 4], ragged: bool, reverse: bool, mut seed: u64) -> Self {
        let [batch, steps, input, hidden] = sizes;
        let shape = kind.shape();
        let width = shape.gates * hidden;
        let seed = &mut seed;
        let scaled = |values: Vec<f32>| -> Vec<f32> {
            values.into_iter().map(|value| value * 1.5 / (hidden as f32).sqrt()).collect()
        };
        let apart = if shape.candidate == Candidate::Apart { hidden } else { 0 };
        let memory = shape.memory * hidden;
        let lengths = ragged.then(|| {
            let length = |value: f32| 1 + (f32::midpoint(value, 1.0) * steps as f32) as usize;
            numbers(seed, batch).into_iter().map(|value| length(value).min(steps)).collect()
        });
        Self {
            kind,
            sizes,
            lengths,
            reverse,
            threads: 1,
            x: numbers(seed, batch * steps * input),
            weights: [
                scaled(numbers(seed, input * width)),
                scaled(numbers(seed, if shape.recurrent { hidden * width } else { 0 })),
                numbers(seed, width),
                numbers(seed, apart),
                numbers(seed, shape.parameters * hidden),
            ],
            states: [numbers(seed, batch * hidden), numbers(seed, batch * memory)],
            above: [
                numbers(seed, batch * steps * hidden),
                numbers(seed, batch * hidden),
                numbers(seed, batch * memory),
            ],
        }
    }

    fn problem(&self) -> Problem<'_> {
        let [batch, steps, input, hidden] = self.sizes;
        let Self { kind, reverse, threads, .. } = *self;
        Problem {
            cell: kind,
            batch,
            steps,
            input,
            hidden,
            lengths: self.lengths.as_deref(),
            reverse,
            threads,
        }
    }

    fn inputs(&self) -> Inputs<'_> {
        Inputs {
            x: &self.x,
            input_weight: &self.weights[0],
            recurrent_weight: &self.weights[1],
            bias: &self.weights[2],
            candidate_bias: &self.weights[3],
            parameters: &self.weights[4],
            h0: &self.states[0],
            c0: &self.states[1],
        }
    }

    fn upstream(&self) -> Upstream<'_> {
        let [hidden, last_hidden, last_memory] = &self.above;
        Upstream { hidden, last_hidden, last_memory }
    }

    fn out(&self) -> Out {
        // Whatever was there must not matter.
        Out(self.above.each_ref().map(|above| vec![7.0; above.len()]))
    }

    fn run(&self) -> (Out, Gradients) {
        self.run_at(Level::best())
    }

    fn run_at(&self, level: Level) -> (Out, Gradients) {
        let mut out = self.out();
        let (problem, inputs) = (self.problem(), self.inputs());
        let trace = forward::forward(level, &problem, &inputs, out.outputs(), true).unwrap();
        let grads = backward::backward(level, &problem, &inputs, trace, self.upstream(), ALL);
        (out, grads)
    }

    fn naive(&self) -> (Out, Gradients) {
        let mut out = self.out();
        naive::forward(self.kind, &self.problem(), &self.inputs(), out.outputs());
        (out, naive::backward(self.kind, &self.problem(), &self.inputs(), self.upstream()))
    }

    /// Rows of `x` and of the hidden states beyond the lengths.
    fn padding(&self) -> Vec<(usize, usize)> {
        let problem = self.problem();
        (0..problem.batch)
            .flat_map(|row| (problem.length(row)..problem.steps).map(move |step| (row, step)))
            .collect()
    }
}

fn tensors(gradients: &Gradients) -> [(&'static str, &[f32]); 9] {
    [
        ("x", &gradients.x),
        ("input weight", &gradients.input_weight),
        ("recurrent weight", &gradients.recurrent_weight),
        ("bias", &gradients.bias),
        ("candidate bias", &gradients.candidate_bias),
        ("parameters", &gradients.parameters),
        ("h0", &gradients.h0),
        ("c0", &gradients.c0),
        ("hidden", &gradients.hidden),
    ]
}

/// Largest difference, relative to the largest number, or to `least` if that is larger.
fn distance(a: &[f32], b: &[f32], least: f32) -> f32 {
    assert_eq!(a.len(), b.len());
    let scale = b.iter().fold(least, |most, value| most.max(value.abs()));
    a.iter().zip(b).fold(0.0, |most, (a, b)| {
        let difference = (a - b).abs() / scale;
        if difference.is_nan() { f32::INFINITY } else { most.max(difference) }
    })
}

fn assert_close(case: &Case, (out, gradients): &(Out, Gradients)) {
    let (expected_out, expected) = case.naive();
    let sizes = (case.kind, case.sizes, &case.lengths, case.reverse);
    assert!(distance(&out.all(), &expected_out.all(), 1e-30) < 5e-6, "out of {sizes:?}");
    for ((name, got), (_, expected)) in tensors(gradients).into_iter().zip(tensors(&expected)) {
        // A sum of many terms of order 1 may be small by cancellation, as of a single number.
        let distance = distance(got, expected, 0.1);
        assert!(distance < 1e-4, "{name} of {sizes:?}: {distance}");
    }
}

/// Infinities and NaN where the definition has them; small numbers to absolute precision,
/// since 1 − h² has no more where h is nearly 1.
fn assert_alike(case: &Case) {
    let ((out, gradients), (expected_out, expected)) = (case.run(), case.naive());
    let alike = |name: &str, got: &[f32], expected: &[f32]| {
        for (got, expected) in got.iter().zip(expected) {
            let close = (got - expected).abs() <= 1e-5 * (1.0 + expected.abs());
            // Infinities, and any NaN for a NaN.
            let same = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
            assert!(close || same, "{name} of {:?}: {got}, not {expected}", case.kind);
        }
    };
    alike("out", &out.all(), &expected_out.all());
    for ((name, got), (_, expected)) in tensors(&gradients).into_iter().zip(tensors(&expected)) {
        alike(name, got, expected);
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

fn assert_same_bits(a: &(Out, Gradients), b: &(Out, Gradients)) {
    assert_eq!(bits(&a.0.all()), bits(&b.0.all()), "out");
    for ((name, a), (_, b)) in tensors(&a.1).into_iter().zip(tensors(&b.1)) {
        assert_eq!(bits(a), bits(b), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn agrees_with_the_definition(
        kind in prop::sample::select(all().collect::<Vec<_>>()),
        batch in 1_usize..40,
        steps in 1_usize..12,
        input in 1_usize..20,
        hidden in 1_usize..40,
        ragged: bool,
        reverse: bool,
        seed: u64,
    ) {
        let case = Case::new(kind, [batch, steps, input, hidden], ragged, reverse, seed);
        for level in Level::available() {
            assert_close(&case, &case.run_at(level));
        }
    }
}

#[test]
fn agrees_at_sizes_with_several_spans_and_blocks() {
    for kind in all() {
        for (ragged, reverse) in [(false, false), (true, false), (true, true)] {
            let case = Case::new(kind, [37, 40, 17, 50], ragged, reverse, 3);
            for level in Level::available() {
                assert_close(&case, &case.run_at(level));
            }
        }
    }
}

/// More numbers than one core's cache holds, more terms than there is room for at a time, and
/// a width that fills no vector.
#[test]
fn agrees_at_the_sizes_of_large_weights() {
    for kind in all() {
        let mut case = Case::new(kind, [19, 27, 21, 267], true, true, 9);
        case.threads = 3;
        for level in Level::available() {
            assert_close(&case, &case.run_at(level));
        }
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    for kind in all() {
        // Small weights, and such that the groups depend on the threads.
        for (ragged, steps, hidden) in [(false, 23, 33), (true, 23, 33), (true, 6, 257)] {
            let mut case = Case::new(kind, [70, steps, 5, hidden], ragged, false, 11);
            case.threads = 3;
            let one = case.run();
            for threads in [1, 2, 8] {
                case.threads = threads;
                assert_same_bits(&one, &case.run());
            }
        }
    }
}

#[test]
fn not_saving_changes_no_bit() {
    for kind in all() {
        for (ragged, reverse) in [(false, false), (true, false), (true, true)] {
            let case = Case::new(kind, [19, 61, 3, 20], ragged, reverse, 5);
            let mut out = case.out();
            assert!(forward(&case.problem(), &case.inputs(), out.outputs(), false).is_none());
            assert_eq!(bits(&out.all()), bits(&case.run().0.all()));
        }
    }
}

#[test]
fn what_is_not_wanted_changes_no_other_bit() {
    for kind in all() {
        let case = Case::new(kind, [19, 21, 3, 20], true, false, 5);
        let (out, mut expected) = case.run();
        let saved = forward(&case.problem(), &case.inputs(), case.out().outputs(), true).unwrap();
        let wanted = Wanted { x: false, hidden: false, initial: false };
        let got = backward(&case.problem(), &case.inputs(), saved, case.upstream(), wanted);
        for unwanted in [&mut expected.x, &mut expected.hidden, &mut expected.h0, &mut expected.c0]
        {
            unwanted.clear();
        }
        assert_same_bits(&(out.clone(), got), &(out, expected));
    }
}

#[test]
fn outputs_that_the_loss_does_not_depend_on_count_as_zeros() {
    for kind in all() {
        for present in 0..3 {
            let mut case = Case::new(kind, [19, 11, 3, 20], true, true, 6);
            let mut empty = case.clone();
            for index in (0..3).filter(|&index| index != present) {
                case.above[index].fill(0.0);
                empty.above[index].clear();
            }
            let (_, expected) = case.run();
            let (problem, inputs) = (case.problem(), case.inputs());
            let saved = forward(&problem, &inputs, case.out().outputs(), true).unwrap();
            let got = backward(&problem, &inputs, saved, empty.upstream(), ALL);
            let out = case.out();
            assert_same_bits(&(out.clone(), got), &(out, expected));
        }
    }
}

#[test]
fn what_lies_beyond_a_sequence_has_no_influence() {
    for kind in all() {
        for reverse in [false, true] {
            let mut case = Case::new(kind, [21, 13, 3, 18], true, reverse, 8);
            let clean = case.run();
            let [_, steps, input, hidden] = case.sizes;
            let padding = case.padding();
            assert!(!padding.is_empty());
            for &(row, step) in &padding {
                case.x[(row * steps + step) * input..][..input].fill(f32::NAN);
                case.above[0][(row * steps + step) * hidden..][..hidden].fill(f32::NAN);
            }
            let dirty = case.run();
            assert_same_bits(&clean, &dirty);
            for (row, step) in padding {
                let at = (row * steps + step) * hidden;
                assert!(dirty.0.0[0][at..at + hidden] == vec![0.0; hidden]);
                assert!(dirty.1.x[(row * steps + step) * input..][..input] == vec![0.0; input]);
            }
        }
    }
}

#[test]
fn a_nan_stays_in_its_sequence_from_its_step_on() {
    for kind in all() {
        let mut case = Case::new(kind, [20, 9, 3, 18], false, false, 8);
        let clean = case.run();
        let [_, steps, input, hidden] = case.sizes;
        let (row, step) = (7, 4);
        case.x[(row * steps + step) * input] = f32::NAN;
        let (out, gradients) = case.run();
        // By sequence and place: the last states come after all steps.
        let [of_steps, last @ ..] = [0, 1, 2].map(|index| {
            let values = out.0[index].iter().zip(&clean.0.0[index]).enumerate();
            let place = move |at: usize| match index {
                0 => (at / hidden / steps, at / hidden % steps),
                1 => (at / hidden, steps),
                _ => (at / hidden / kind.shape().memory.max(1), steps),
            };
            values.map(move |(at, (got, clean))| (place(at), *got, *clean)).collect::<Vec<_>>()
        });
        for ((of_row, place), got, clean) in of_steps.into_iter().chain(last.concat()) {
            if of_row == row && place >= step {
                assert!(got.is_nan(), "{kind:?}");
            } else {
                assert_eq!(got.to_bits(), clean.to_bits(), "{kind:?}");
            }
        }
        for (at, (got, clean)) in gradients.x.iter().zip(&clean.1.x).enumerate() {
            assert!(at / (steps * input) == row || got.to_bits() == clean.to_bits());
        }
        let recurrent = &gradients.recurrent_weight;
        assert!(recurrent.is_empty() || recurrent.iter().any(|value| value.is_nan()));
    }
}

#[test]
fn infinite_inputs_give_what_the_definition_gives() {
    for kind in all() {
        for value in [f32::INFINITY, f32::NEG_INFINITY] {
            let mut case = Case::new(kind, [3, 5, 2, 18], false, false, 8);
            case.x[4] = value;
            assert_alike(&case);
        }
    }
}

#[test]
fn saturated_gates_give_what_the_definition_gives() {
    for kind in [KINDS[0], KINDS[2], KINDS[3], KINDS[4]] {
        let mut case = Case::new(kind, [9, 12, 3, 18], false, false, 21);
        for bias in &mut case.weights[2] {
            *bias *= 120.0;
        }
        assert_alike(&case);
    }
}

#[test]
fn gradients_are_the_slopes_of_the_loss() {
    for kind in all() {
        let case = Case::new(kind, [3, 4, 2, 5], true, true, 13);
        let loss = |case: &Case| -> f64 {
            let mut out = case.out();
            forward(&case.problem(), &case.inputs(), out.outputs(), false);
            let (out, above) = (out.all(), case.above.concat());
            let terms = out.iter().zip(&above);
            terms.map(|(out, grad)| f64::from(*out) * f64::from(*grad)).sum()
        };
        let (_, gradients) = case.run();
        // The last is by what the network computes, not by what it is given.
        for (index, (name, gradient)) in tensors(&gradients)[..8].iter().enumerate() {
            for (at, gradient) in gradient.iter().enumerate() {
                let moved = |by: f32| {
                    let mut case = case.clone();
                    let tensor = match index {
                        0 => &mut case.x,
                        1..=5 => &mut case.weights[index - 1],
                        _ => &mut case.states[index - 6],
                    };
                    tensor[at] += by;
                    loss(&case)
                };
                let step = 1e-3;
                let slope = (moved(step) - moved(-step)) / (2.0 * f64::from(step));
                let error = (slope - f64::from(*gradient)).abs();
                assert!(error < 3e-3 * (1.0 + slope.abs()), "{name} of {kind:?}: {error}");
            }
        }
    }
}

#[test]
fn gates_come_in_the_order_of_the_batch() {
    for kind in all() {
        for reverse in [false, true] {
            let case = Case::new(kind, [19, 13, 3, 18], true, reverse, 8);
            let problem = case.problem();
            let saved = forward(&problem, &case.inputs(), case.out().outputs(), true).unwrap();
            let expected = naive::gates(kind, &problem, &case.inputs());
            assert!(distance(&saved.gates(&problem), &expected, 1e-30) < 5e-6, "{kind:?}");
        }
    }
}

#[test]
fn derivatives_are_those_of_the_steps() {
    for lstm in every_lstm() {
        check_derivative(&lstm).unwrap();
    }
    for gru in every_gru() {
        check_derivative(&gru).unwrap();
    }
    check_derivative(&SLstm::SigmoidForget).unwrap();
    check_derivative(&SLstm::ExponentialForget).unwrap();
    check_derivative(&Minimal::Gru).unwrap();
    check_derivative(&Minimal::Lstm).unwrap();
    check_derivative(&Contrived).unwrap();
    check_derivative(&Vanilla::Tanh).unwrap();
    check_derivative(&Vanilla::Relu).unwrap();
}

/// Down to denormal numbers, on which some processors take a hundred times as long.
#[test]
fn gradients_that_have_vanished_are_zeros() {
    for kind in [KINDS[0], KINDS[2], KINDS[3], KINDS[4]] {
        let mut case = Case::new(kind, [9, 200, 3, 18], false, false, 4);
        for weight in &mut case.weights[1] {
            *weight *= 0.05;
        }
        case.above[0].fill(0.0);
        let (_, gradients) = case.run();
        let [_, steps, input, _] = case.sizes;
        let of_sequence = gradients.x.chunks_exact(steps * input);
        for x in of_sequence {
            assert!(x[(steps - 1) * input..].iter().all(|grad| grad.abs() > 1e-9), "{kind:?}");
            // An LSTM's memory, and what a GRU keeps, fade more slowly.
            let least = f32::MIN_POSITIVE;
            let denormal = x.iter().filter(|grad| grad.abs() < least && **grad != 0.0).count();
            assert!(denormal <= x.len() / 50, "{kind:?}: {denormal} of {}", x.len());
        }
    }
}
