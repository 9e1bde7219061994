//! The gradients of weights and biases: sums over all steps of all sequences.

use super::buffer::Buffer;
use super::layout::Layout;
use super::outer::OuterProducts;
use super::problem::{CellKind, Gradients, Problem};
use super::simd::Level;

/// What some steps of some sequences contribute: one row each for every one of them, summed
/// in this order.
#[derive(Default)]
pub(super) struct Terms<'a> {
    /// What was read, `[input]`.
    pub x: Vec<&'a [f32]>,
    /// The state before the step, `[state]`.
    pub hidden: Vec<&'a [f32]>,
    /// The gradients of the gates' sums, `[gates]`.
    pub gates: Vec<&'a [f32]>,
    /// Of a GRU the gradient of `R_n h + c_n`, or r ⊙ h where the reset comes before the
    /// product, `[own]`.
    pub own: Vec<&'a [f32]>,
}

impl Terms<'_> {
    /// Room for `count` terms.
    pub(super) fn with_capacity(count: usize, layout: Layout) -> Self {
        let room = || Vec::with_capacity(count);
        let own = if layout.own > 0 { room() } else { vec![] };
        Self { x: room(), hidden: room(), gates: room(), own }
    }
}

/// Rows of a matrix of gradients from the one of number `first` on, and the gradient of the
/// bias that belongs to it.
pub(super) struct Part<'a> {
    pub first: usize,
    /// `[rows, gates]`
    pub rows: &'a mut [f32],
    /// b, `[gates]`, beside rows of W; c, `[own]`, beside rows of R; empty but in the first
    /// part.
    pub bias: &'a mut [f32],
}

/// Where gradients are summed.
pub(super) enum Sum<'a> {
    /// W and b.
    Input(Part<'a>),
    /// R and c.
    Recurrent(Part<'a>),
}

impl Sum<'_> {
    /// Adds the terms.
    pub(super) fn add(self, level: Level, kind: CellKind, layout: Layout, terms: &Terms) {
        let Layout { gates, shared, own, .. } = layout;
        match self {
            Self::Input(Part { first, rows: result, bias: total }) => level.run(OuterProducts {
                left: &terms.x,
                first,
                rows: result.len() / gates,
                right: &terms.gates,
                right_first: 0,
                columns: gates,
                result,
                stride: gates,
                total,
            }),
            Self::Recurrent(Part { first, rows: result, bias: total }) => {
                let rows = result.len() / gates;
                level.run(OuterProducts {
                    left: &terms.hidden,
                    first,
                    rows,
                    right: &terms.gates,
                    right_first: 0,
                    columns: shared,
                    result,
                    stride: gates,
                    total: &mut [],
                });
                if own == 0 {
                    return;
                }
                // The candidate's columns.
                let (left, right, right_first) = if kind == CellKind::Gru {
                    (&terms.hidden, &terms.own, 0)
                } else {
                    (&terms.own, &terms.gates, shared)
                };
                level.run(OuterProducts {
                    left,
                    first,
                    rows,
                    right,
                    right_first,
                    columns: own,
                    result: &mut result[shared..],
                    stride: gates,
                    total,
                });
            }
        }
    }
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
        Self {
            input: Buffer::zeros(problem.input * layout.gates),
            recurrent: Buffer::zeros(problem.hidden * layout.gates),
            bias: Buffer::zeros(layout.gates),
            candidate_bias: Buffer::zeros(if problem.kind == CellKind::Gru {
                layout.own
            } else {
                0
            }),
        }
    }

    /// All of them, the matrices in parts of at most `rows` rows.
    pub(super) fn parts(&mut self, layout: Layout, rows: usize) -> Vec<Sum<'_>> {
        parts(
            layout,
            rows,
            &mut self.input,
            &mut self.recurrent,
            &mut self.bias,
            &mut self.candidate_bias,
        )
    }

    /// Adds them to the gradients.
    pub(super) fn add_to(&self, layout: Layout, width: usize, gradients: &mut Gradients) {
        let add = |from: &[f32], to: &mut [f32]| {
            let rows = from.chunks_exact(layout.gates).zip(to.chunks_exact_mut(width));
            rows.for_each(|(from, to)| layout.gather_add(from, to));
        };
        add(&self.input, &mut gradients.input_weight);
        add(&self.recurrent, &mut gradients.recurrent_weight);
        add(&self.bias, &mut gradients.bias);
        layout.gather_add(&self.candidate_bias, &mut gradients.candidate_bias);
    }
}

/// The gradients themselves as [`Sums::parts`]: for a layout without filling.
pub(super) fn parts_of(layout: Layout, rows: usize, gradients: &mut Gradients) -> Vec<Sum<'_>> {
    let Gradients { input_weight, recurrent_weight, bias, candidate_bias, .. } = gradients;
    parts(layout, rows, input_weight, recurrent_weight, bias, candidate_bias)
}

/// `rows` is the most that one part has.
fn parts<'a>(
    layout: Layout,
    rows: usize,
    input: &'a mut [f32],
    recurrent: &'a mut [f32],
    bias: &'a mut [f32],
    candidate_bias: &'a mut [f32],
) -> Vec<Sum<'a>> {
    let size = rows.saturating_mul(layout.gates);
    let cut = |matrix: &'a mut [f32], mut bias: &'a mut [f32]| {
        let chunks = matrix.chunks_mut(size).enumerate();
        chunks.map(move |(index, part)| Part {
            first: index * rows,
            rows: part,
            bias: std::mem::take(&mut bias),
        })
    };
    let recurrent = cut(recurrent, candidate_bias).map(Sum::Recurrent);
    recurrent.chain(cut(input, bias).map(Sum::Input)).collect()
}
