//! Weights of cells that lack a gate: completed with columns that make the gate constant, or
//! tie it to another.

use burn::tensor::Tensor;

use crate::Weights;

/// At this pre-activation σ is exactly 1, at its negative exactly 0.
const SATURATED: f32 = 1e3;

/// Where the columns of a gate come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// This block of the incomplete weights.
    Own(usize),
    /// This block, negated: σ of it is 1 − σ of the block.
    Negated(usize),
    /// None: σ is the constant 1.
    One,
    /// None: σ is the constant 0.
    Zero,
}

impl Weights {
    /// Weights with one gate for each of `gates`, made of the blocks of these. A gradient
    /// arrives at the blocks that were used.
    ///
    /// # Panics
    /// If there is no such block: a caller's mistake, never a user's.
    #[must_use]
    pub fn with_gates(self, gates: &[Columns]) -> Self {
        if gates.iter().enumerate().all(|(index, gate)| *gate == Columns::Own(index)) {
            return self;
        }
        let Self { input_weight, recurrent_weight, bias, candidate_bias } = self;
        let [width, _] = recurrent_weight.dims();
        Self {
            input_weight: spread(&input_weight, gates, width, 0.0),
            recurrent_weight: spread(&recurrent_weight, gates, width, 0.0),
            bias: spread(&bias, gates, width, SATURATED),
            candidate_bias,
        }
    }
}

/// Blocks of `width` along the last axis, those of constant gates filled with ±`constant`.
fn spread<const D: usize>(
    blocks: &Tensor<D>,
    gates: &[Columns],
    width: usize,
    constant: f32,
) -> Tensor<D> {
    let block = |index: usize| blocks.clone().narrow(D - 1, index * width, width);
    let filled = |value: f32| {
        let mut shape = blocks.dims();
        shape[D - 1] = width;
        Tensor::full(shape, value, (&blocks.device(), blocks.dtype()))
    };
    let gate = |&columns: &Columns| match columns {
        Columns::Own(index) => block(index),
        Columns::Negated(index) => -block(index),
        Columns::One => filled(constant),
        Columns::Zero => filled(-constant),
    };
    Tensor::cat(gates.iter().map(gate).collect(), D - 1)
}
