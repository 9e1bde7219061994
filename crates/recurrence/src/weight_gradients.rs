//! The gradients of weights and biases: sums over all steps of all sequences.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use tiles::{Buffer, LINE, Level, OuterProducts, PackedOuterProducts, threads};

use super::forward::Kept;
use super::layout::Layout;
use super::plan::Group;
use super::pointwise::Candidate;
use super::problem::{Inputs, Problem};

/// Numbers of the left-hand sides of large weights' gradients that are brought together at a
/// time, in all threads, where there is no memory to spare.
const ROOM: usize = 52 * 1024;
/// Terms that this makes at least: reading and writing the sums for fewer would cost more.
const LEAST_DEPTH: usize = 40;

/// What some steps of some sequences contribute: one row each for every one of them, summed
/// in this order.
pub(super) struct Terms<'a> {
    problem: &'a Problem<'a>,
    inputs: &'a Inputs<'a>,
    layout: Layout,
    /// What was read, `[input]`.
    x: Vec<&'a [f32]>,
    /// The state before the step, `[state]`.
    hidden: Vec<&'a [f32]>,
    /// The gradients of the gates' sums, `[gates]`.
    gates: Vec<&'a [f32]>,
    /// The gradient of `R h + c` where the candidate's product is apart, or the operand of a
    /// product of its own, `[own]`.
    own: Vec<&'a [f32]>,
}

/// The two sides of the products that one weight's gradient is a sum of, for some of its
/// columns.
struct Sides<'a> {
    left: &'a [&'a [f32]],
    right: &'a [&'a [f32]],
    /// The first of the right-hand side's numbers.
    right_first: usize,
    /// The first of the weight's columns, filled up, and how many there are.
    columns: Range<usize>,
    /// Whether the bias's gradient is the sum of the right-hand sides.
    biased: bool,
}

impl<'a> Terms<'a> {
    /// Room for so many terms.
    pub(super) fn with_capacity(
        count: usize,
        problem: &'a Problem<'a>,
        inputs: &'a Inputs<'a>,
        layout: Layout,
    ) -> Self {
        let room = || Vec::with_capacity(count);
        let own = if layout.own > 0 { room() } else { vec![] };
        Self { problem, inputs, layout, x: room(), hidden: room(), gates: room(), own }
    }

    /// Adds the terms of one step of some sequences of a group.
    pub(super) fn push(&mut self, group: &Group, kept: &'a Kept, step: usize, slots: Range<usize>) {
        let Layout { state, gates, stride, own, .. } = self.layout;
        let (before, at) = (group.before(step) + slots.start, group.offsets[step] + slots.start);
        let count = slots.len();
        let x = |&row: &usize| self.problem.x(self.inputs, row, step);
        self.x.extend(group.rows[slots].iter().map(x));
        self.hidden.extend(kept.hidden[before * state..].chunks_exact(state).take(count));
        let gates_at = (at - kept.gates_from) * stride;
        let of_gates = kept.gates[gates_at..].chunks_exact(stride).take(count);
        self.gates.extend(of_gates.map(|row| &row[..gates]));
        if own > 0 {
            self.own.extend(kept.own[at * own..].chunks_exact(own).take(count));
        }
    }

    /// What the gradient of a weight is made of.
    fn sides(&self, weight: Weight) -> impl Iterator<Item = Sides<'_>> {
        let Layout { gates, shared, own, recurrent, .. } = self.layout;
        let all = Sides {
            left: &self.x,
            right: &self.gates,
            right_first: 0,
            columns: 0..gates,
            biased: true,
        };
        let of_shared = Sides { left: &self.hidden, columns: 0..shared, biased: false, ..all };
        let of_own = Sides { columns: shared..gates, ..all };
        let of_own = if self.layout.candidate == Candidate::Apart {
            Sides { left: &self.hidden, right: &self.own, ..of_own }
        } else {
            Sides { left: &self.own, right_first: shared, ..of_own }
        };
        let (first, second) = match weight {
            Weight::Input => (Some(all), None),
            Weight::Recurrent if !recurrent => (None, None),
            Weight::Recurrent => (Some(of_shared), (own > 0).then_some(of_own)),
        };
        first.into_iter().chain(second)
    }
}

/// A weight and the bias that belongs to it.
#[derive(Debug, Clone, Copy)]
enum Weight {
    /// W and b.
    Input,
    /// R and c.
    Recurrent,
}

/// The gradients of weights and biases in rows that are filled up, zero at first.
pub(super) struct Sums {
    /// `[input, gates]`
    input: Buffer,
    /// `[hidden, gates]`
    recurrent: Buffer,
    /// `[gates]`
    bias: Buffer,
    /// `[own]`
    candidate_bias: Buffer,
}

impl Sums {
    pub(super) fn new(layout: Layout, problem: &Problem) -> Self {
        let candidate = if layout.candidate == Candidate::Apart { layout.own } else { 0 };
        let rows = if layout.recurrent { problem.hidden } else { 0 };
        Self {
            input: Buffer::zeros(problem.input * layout.gates),
            recurrent: Buffer::zeros(rows * layout.gates),
            bias: Buffer::zeros(layout.gates),
            candidate_bias: Buffer::zeros(candidate),
        }
    }

    /// Adds terms whose rows are near.
    pub(super) fn add(&mut self, level: Level, terms: &Terms) {
        let Self { input, recurrent, bias, candidate_bias } = self;
        let weights =
            [(Weight::Recurrent, recurrent, candidate_bias), (Weight::Input, input, bias)];
        let gates = terms.layout.gates;
        for (weight, sum, bias) in weights {
            for sides in terms.sides(weight) {
                level.run(OuterProducts {
                    left: sides.left,
                    rows: sum.len() / gates,
                    right: sides.right,
                    right_first: sides.right_first,
                    columns: sides.columns.len(),
                    result: &mut sum[sides.columns.start..],
                    stride: gates,
                    total: if sides.biased { bias } else { &mut [] },
                });
            }
        }
    }

    /// The gradients, if there are no more sums.
    pub(super) fn into_gradients(self, layout: Layout) -> OfWeights {
        if layout.hidden == layout.state {
            let Self { input, recurrent, bias, candidate_bias } = self;
            let [input, recurrent, bias, candidate_bias] =
                [input, recurrent, bias, candidate_bias].map(Buffer::into_vec);
            return OfWeights { input, recurrent, bias, candidate_bias };
        }
        let zeros = |sum: &Buffer| vec![0.0; sum.len() / layout.state * layout.hidden];
        let mut gradients = OfWeights {
            input: zeros(&self.input),
            recurrent: zeros(&self.recurrent),
            bias: zeros(&self.bias),
            candidate_bias: zeros(&self.candidate_bias),
        };
        self.add_to(layout, &mut gradients);
        gradients
    }

    /// Adds them to the gradients.
    pub(super) fn add_to(&self, layout: Layout, to: &mut OfWeights) {
        layout.gather_rows(&self.input, &mut to.input);
        layout.gather_rows(&self.recurrent, &mut to.recurrent);
        layout.gather_rows(&self.bias, &mut to.bias);
        layout.gather_add(&self.candidate_bias, &mut to.candidate_bias);
    }
}

/// The gradients of weights and biases as the caller gets them.
pub(super) struct OfWeights {
    pub input: Vec<f32>,
    pub recurrent: Vec<f32>,
    pub bias: Vec<f32>,
    pub candidate_bias: Vec<f32>,
}

impl OfWeights {
    /// Sums all terms there are; what the matrices held before does not count, and the biases
    /// have to be zero. `spare` is memory of arbitrary content that nobody needs any more.
    pub(super) fn sum(&mut self, level: Level, threads: usize, terms: &Terms, spare: Vec<Buffer>) {
        let Layout { hidden, state, .. } = terms.layout;
        let width = terms.layout.width();
        let Self { input, recurrent, bias, candidate_bias } = self;
        // A part of the rows for each thread.
        let rows = ((input.len() + recurrent.len()) / width).div_ceil(threads.max(1));
        let rows = rows.next_multiple_of(LINE);
        let weights =
            [(Weight::Recurrent, recurrent, candidate_bias), (Weight::Input, input, bias)];
        let mut parts = vec![];
        for (weight, matrix, bias) in weights {
            let mut bias = &mut bias[..];
            for (index, part) in matrix.chunks_mut(rows * width).enumerate() {
                parts.push((weight, index * rows, part, std::mem::take(&mut bias)));
            }
        }
        let rooms = Mutex::new(spare);
        threads::each(threads, parts, |(weight, first, matrix, bias)| {
            let rows = matrix.len() / width;
            let spare = rooms.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let spare = spare.filter(|room| room.len() >= rows * LEAST_DEPTH);
            let new = || Buffer::new((ROOM / threads.max(1)).max(rows * LEAST_DEPTH));
            let mut room = spare.unwrap_or_else(new);
            for sides in terms.sides(weight) {
                level.run(PackedOuterProducts {
                    left: sides.left,
                    first,
                    rows,
                    right: sides.right,
                    right_first: sides.right_first,
                    blocks: sides.columns.len() / state,
                    filled: state,
                    block: hidden,
                    result: &mut matrix[sides.columns.start / state * hidden..],
                    stride: width,
                    total: if sides.biased { &mut *bias } else { &mut [] },
                    room: &mut room,
                });
            }
            rooms.lock().unwrap_or_else(PoisonError::into_inner).push(room);
        });
    }
}
