//! A recurrent layer over a whole padded batch, in one differentiable operation.

use burn::backend::{Dispatch, DispatchDevice};
use burn::tensor::{DType, Device, Tensor};

use crate::Padded;
use crate::operation::{Call, Operands, RecurrentOps};
use recurrence::CellKind;

/// Weights of a recurrent layer; those of the gates lie side by side.
#[derive(Debug, Clone)]
pub struct Weights {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Tensor<2>,
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: Tensor<2>,
    /// b, `[gates·hidden]`.
    pub bias: Tensor<1>,
    /// c of the GRU, `[hidden]`; no other kind has it.
    pub candidate_bias: Option<Tensor<1>>,
}

/// State before the first step that is read.
#[derive(Debug, Clone)]
pub struct Initial {
    /// h, `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// c of the LSTM, `[batch, hidden]`; no other kind has it.
    pub cell: Option<Tensor<2>>,
}

/// The hidden states at all steps and the final states, in one tensor because a node of
/// the autodiff graph has one output.
#[derive(Debug, Clone)]
pub struct Packed {
    values: Tensor<3>,
    steps: usize,
}

impl Packed {
    /// The hidden state at each step of each sequence in its own order, zero at padding,
    /// `[batch, steps, hidden]`.
    pub fn hidden(&self) -> Tensor<3> {
        self.values.clone().narrow(1, 0, self.steps)
    }

    /// The hidden state after the last step read of each sequence, `[batch, hidden]`.
    pub fn last_hidden(&self) -> Tensor<2> {
        self.values.clone().narrow(1, self.steps, 1).squeeze_dim(1)
    }

    /// The LSTM's cell after the last step read of each sequence, `[batch, hidden]`;
    /// `None` for the other kinds.
    pub fn last_cell(&self) -> Option<Tensor<2>> {
        let cell = self.steps + 1;
        let has_cell = self.values.dims()[1] > cell;
        has_cell.then(|| self.values.clone().narrow(1, cell, 1).squeeze_dim(1))
    }
}

/// Runs a layer over every sequence of `x`, `[batch, steps, input]`, from its first step
/// or, with `reverse`, from its last valid one; from `initial`, or from zero.
///
/// Differentiable in `x`, the weights and the initial state, through every output. `None`
/// where no kernel is: on backends other than `Flex` and `NdArray`, and for elements
/// other than `f32`; there the caller goes step by step.
///
/// # Panics
/// If shapes do not fit together or a part is given that `kind` does not have, or is not
/// given that it has: a caller's mistake, never a user's.
pub fn recurrent_sequence(
    kind: CellKind,
    x: &Padded,
    reverse: bool,
    weights: Weights,
    initial: Option<Initial>,
) -> Option<Packed> {
    if !has_kernel(&x.device()) {
        return None;
    }
    let operands = operands(kind, x, weights, initial);
    if !operands.are_f32() {
        return None;
    }
    let lengths = x.is_ragged().then(|| x.lengths().to_vec());
    let values = Dispatch::recurrent_sequence(operands, Call { kind, lengths, reverse });
    Some(Packed { values: Tensor::from_dispatch(values), steps: x.steps() })
}

/// All operands in the shapes that the kernels rely on.
fn operands(
    kind: CellKind,
    x: &Padded,
    weights: Weights,
    initial: Option<Initial>,
) -> Operands<Dispatch> {
    let Weights { input_weight, recurrent_weight, bias, candidate_bias } = weights;
    let [batch, _, input] = x.values().dims();
    let [hidden, width] = recurrent_weight.dims();
    assert!(input > 0 && hidden > 0, "an empty input or state: {input}, {hidden}");
    assert_eq!(width, kind.gates() * hidden, "columns of R");
    assert_eq!(input_weight.dims(), [input, width], "shape of W");
    assert_eq!(bias.dims(), [width], "shape of b");

    let float = (&x.device(), DType::F32);
    let is_gru = kind == CellKind::Gru;
    assert_eq!(candidate_bias.is_some(), is_gru, "c is the GRU's");
    let candidate_bias = candidate_bias.unwrap_or_else(|| Tensor::zeros([0], float));
    assert_eq!(candidate_bias.dims(), [if is_gru { hidden } else { 0 }], "shape of c");

    let is_lstm = kind == CellKind::Lstm;
    let cells = if is_lstm { batch } else { 0 };
    let zero = || Initial {
        hidden: Tensor::zeros([batch, hidden], float),
        cell: is_lstm.then(|| Tensor::zeros([batch, hidden], float)),
    };
    let Initial { hidden: h0, cell: c0 } = initial.unwrap_or_else(zero);
    assert_eq!(c0.is_some(), is_lstm, "a cell is the LSTM's");
    let c0 = c0.unwrap_or_else(|| Tensor::zeros([0, hidden], float));
    assert_eq!(h0.dims(), [batch, hidden], "shape of the initial hidden state");
    assert_eq!(c0.dims(), [cells, hidden], "shape of the initial cell");

    Operands {
        x: x.values().clone().into_dispatch(),
        input_weight: input_weight.into_dispatch(),
        recurrent_weight: recurrent_weight.into_dispatch(),
        bias: bias.into_dispatch(),
        candidate_bias: candidate_bias.into_dispatch(),
        h0: h0.into_dispatch(),
        c0: c0.into_dispatch(),
    }
}

/// Whether a device's backend is one of [`RecurrentOps`].
fn has_kernel(device: &Device) -> bool {
    let device = device.clone().without_autodiff();
    matches!(device.as_dispatch(), DispatchDevice::Flex(_) | DispatchDevice::NdArray(_))
}
