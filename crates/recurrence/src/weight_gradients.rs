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

/// A weight and the bias that belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Weight {
    /// W and b.
    Input,
    /// R and c.
    Recurrent,
}

/// Where gradients are summed: rows of a weight's from the one of number `first` on.
pub(super) struct Sum<'a> {
    weight: Weight,
    first: usize,
    /// `[rows, gates]`
    rows: &'a mut [f32],
    /// Of b, `[gates]`, or c, `[own]`; empty but in the first rows.
    bias: &'a mut [f32],
}

/// Rows of [`Sum::add_unfilled`] at a time: enough that the terms are not read too often.
const UNFILLED_ROWS: usize = 160;

impl Sum<'_> {
    /// [`Self::add`] to rows that are not filled up, `width` numbers each.
    pub(super) fn add_unfilled(
        self,
        level: Level,
        kind: CellKind,
        layout: Layout,
        width: usize,
        terms: &Terms,
    ) {
        let Self { weight, first, rows, mut bias } = self;
        for (index, rows) in rows.chunks_mut(UNFILLED_ROWS * width).enumerate() {
            let bias = std::mem::take(&mut bias);
            let mut filled = Buffer::zeros(rows.len() / width * layout.gates);
            let mut filled_bias = Buffer::zeros(bias.len() / layout.hidden * layout.state);
            let first = first + index * UNFILLED_ROWS;
            Sum { weight, first, rows: &mut filled, bias: &mut filled_bias }
                .add(level, kind, layout, terms);
            layout.gather_rows(&filled, rows, width);
            layout.gather_add(&filled_bias, bias);
        }
    }

    /// Adds the terms.
    pub(super) fn add(self, level: Level, kind: CellKind, layout: Layout, terms: &Terms) {
        let Layout { gates, shared, own, .. } = layout;
        let Self { weight, first, rows: result, bias: total } = self;
        let rows = result.len() / gates;
        let products = OuterProducts {
            left: &terms.hidden,
            first,
            rows,
            right: &terms.gates,
            right_first: 0,
            columns: shared,
            result: &mut *result,
            stride: gates,
            total: &mut [],
        };
        match weight {
            Weight::Input => {
                level.run(OuterProducts { left: &terms.x, columns: gates, total, ..products });
            }
            Weight::Recurrent if own == 0 => level.run(products),
            Weight::Recurrent => {
                level.run(products);
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

    /// All of them.
    pub(super) fn parts(&mut self) -> [Sum<'_>; 2] {
        let Self { input, recurrent, bias, candidate_bias } = self;
        [
            Sum { weight: Weight::Recurrent, first: 0, rows: recurrent, bias: candidate_bias },
            Sum { weight: Weight::Input, first: 0, rows: input, bias },
        ]
    }

    /// Adds them to the gradients.
    pub(super) fn add_to(&self, layout: Layout, width: usize, gradients: &mut Gradients) {
        layout.gather_rows(&self.input, &mut gradients.input_weight, width);
        layout.gather_rows(&self.recurrent, &mut gradients.recurrent_weight, width);
        layout.gather_rows(&self.bias, &mut gradients.bias, width);
        layout.gather_add(&self.candidate_bias, &mut gradients.candidate_bias);
    }
}

/// The gradients of weights and biases, the matrices in parts of at most `rows` rows of
/// `width` numbers.
pub(super) fn parts(gradients: &mut Gradients, rows: usize, width: usize) -> Vec<Sum<'_>> {
    fn cut<'a>(
        weight: Weight,
        matrix: &'a mut [f32],
        mut bias: &'a mut [f32],
        rows: usize,
        width: usize,
    ) -> impl Iterator<Item = Sum<'a>> {
        matrix.chunks_mut(rows * width).enumerate().map(move |(index, part)| Sum {
            weight,
            first: index * rows,
            rows: part,
            bias: std::mem::take(&mut bias),
        })
    }
    let Gradients { input_weight, recurrent_weight, bias, candidate_bias, .. } = gradients;
    let recurrent = cut(Weight::Recurrent, recurrent_weight, candidate_bias, rows, width);
    recurrent.chain(cut(Weight::Input, input_weight, bias, rows, width)).collect()
}
