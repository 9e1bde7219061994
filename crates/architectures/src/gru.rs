//! Gated recurrent unit.
//!
//! r = σ(W_r x + R_r h + b_r)    z = σ(W_z x + R_z h + b_z)
//! n = tanh(W_n x + b_n + r ⊙ (R_n h + c_n))        reset after the product
//! n = tanh(W_n x + b_n + R_n (r ⊙ h))              reset before the product
//! n = tanh(W_n x + b_n + R_n h)                    no reset gate
//! h' = (1 − z) ⊙ n + z ⊙ h
//!
//! Shapes: x [batch, input]; h, r, z, n [batch, hidden]; the weights of the gates lie
//! side by side in the order r, z, n: W [input, 3·hidden], R [hidden, 3·hidden],
//! b [3·hidden]; c is `[hidden]`. Without a reset gate its block is absent.
//! Papers: Cho et al. 2014, arXiv:1406.1078v1 (reset after the product, as PyTorch and
//! cuDNN) and v3 (reset before the product).
//! Differs from PyTorch: r and z have one bias, not two.
//! One operation for the whole sequence, with every option: a kernel on the CPU backends
//! (flex, ndarray), on others composed of the backend's own operations.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use kernels::{CellKind, Columns, Initial, Padded, Probe, RunOutput, Weights};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Recurrent, read_options};
use crate::cell::gate;
use crate::state::HiddenState;
use crate::unrolled::{Direction, Unrolled, unroll_whole};
use crate::{ArchitectureError, Cell, CellState, Initializer};

/// The architecture: one GRU layer.
pub type Gru = Recurrent<GruCell>;

/// Options of `[model.gru]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GruConfig {
    /// The reset gate.
    pub reset_gate: ResetGate,
}

/// Where the reset gate acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResetGate {
    /// On the product with the recurrent weights.
    AfterProduct,
    /// On the hidden state.
    BeforeProduct,
    /// Nowhere: the constant 1.
    AlwaysOne,
}

/// The cell; see the module's equations.
#[derive(Module, Debug)]
pub struct GruCell {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Param<Tensor<2>>,
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: Param<Tensor<2>>,
    /// b, `[gates·hidden]`.
    pub bias: Param<Tensor<1>>,
    /// c_n, `[hidden]`; only with the reset after the product.
    pub candidate_bias: Option<Param<Tensor<1>>>,
    #[module(skip)]
    reset_gate: ResetGate,
}

impl Cell for GruCell {
    type State = HiddenState;

    const NAME: &'static str = "gru";
    const SUMMARY: &'static str = "gated recurrent unit with update and reset gate";
    const KEYS: &'static [Key] = &[Key::new(
        "reset_gate",
        Kind::OneOf(&[
            Choice { word: "after-product", doc: "On R_n h, as PyTorch and cuDNN." },
            Choice { word: "before-product", doc: "On h, as the paper's last version." },
            Choice { word: "always-one", doc: "No reset gate and no weights for it." },
        ]),
        Literal::Text("after-product"),
        "Where the reset gate acts.",
    )];

    fn build(
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let GruConfig { reset_gate } = read_options(Self::NAME, options)?;
        let gates = if reset_gate == ResetGate::AlwaysOne { 2 } else { 3 };
        let width = gates * hidden;
        let input_weight = init.uniform([input, width], hidden);
        let recurrent_weight = init.uniform([hidden, width], hidden);
        let bias = init.uniform([width], hidden);
        let candidate_bias =
            (reset_gate == ResetGate::AfterProduct).then(|| init.uniform([hidden], hidden));
        Ok(Self { input_weight, recurrent_weight, bias, candidate_bias, reset_gate })
    }

    fn hidden(&self) -> usize {
        self.recurrent_weight.lazy_shape()[0]
    }

    fn zero_state(&self, batch: usize, device: &Device) -> HiddenState {
        HiddenState::zero(batch, self.hidden(), device)
    }

    fn step(&self, x: Tensor<2>, HiddenState(h): &HiddenState) -> HiddenState {
        let width = self.hidden();
        let wx = x.matmul(self.input_weight.val()) + self.bias.val().unsqueeze();
        let recurrent = self.recurrent_weight.val();
        let (z, n) = match (self.reset_gate, &self.candidate_bias) {
            (ResetGate::AfterProduct, bias) => {
                let rh = h.clone().matmul(recurrent);
                let r = activation::sigmoid(gate(&wx, 0, width) + gate(&rh, 0, width));
                let z = activation::sigmoid(gate(&wx, 1, width) + gate(&rh, 1, width));
                let rh = gate(&rh, 2, width);
                let rh = match bias {
                    Some(bias) => rh + bias.val().unsqueeze(),
                    None => rh,
                };
                (z, (gate(&wx, 2, width) + r * rh).tanh())
            }
            (ResetGate::BeforeProduct, _) => {
                let rz = h.clone().matmul(recurrent.clone().narrow(1, 0, 2 * width));
                let r = activation::sigmoid(gate(&wx, 0, width) + gate(&rz, 0, width));
                let z = activation::sigmoid(gate(&wx, 1, width) + gate(&rz, 1, width));
                let rh = (r * h.clone()).matmul(recurrent.narrow(1, 2 * width, width));
                (z, (gate(&wx, 2, width) + rh).tanh())
            }
            (ResetGate::AlwaysOne, _) => {
                let gates = wx + h.clone().matmul(recurrent);
                let z = activation::sigmoid(gate(&gates, 0, width));
                (z, gate(&gates, 1, width).tanh())
            }
        };
        // (1 − z) ⊙ n + z ⊙ h
        HiddenState(n.clone() + z * (h.clone() - n))
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        initial: Option<&HiddenState>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled<HiddenState>> {
        let weights = Weights {
            input_weight: self.input_weight.val(),
            recurrent_weight: self.recurrent_weight.val(),
            bias: self.bias.val(),
            candidate_bias: self.candidate_bias.as_ref().map(Param::val),
        };
        let layer = match self.reset_gate {
            ResetGate::AfterProduct => (CellKind::Gru, weights),
            ResetGate::BeforeProduct => (CellKind::GruResetBefore, weights),
            // r = 1 wherever it acts; after the product takes one product less a step.
            ResetGate::AlwaysOne => {
                let no_bias = self.bias.val().zeros_like().narrow(0, 0, self.hidden());
                let weights = Weights { candidate_bias: Some(no_bias), ..weights };
                let gates = [Columns::One, Columns::Own(0), Columns::Own(1)];
                (CellKind::Gru, weights.with_gates(&gates))
            }
        };
        let initial = initial.map(|state| Initial { hidden: state.hidden(), cell: None });
        let last = |output: &RunOutput| HiddenState(output.last_hidden.clone());
        Some(unroll_whole(layer, x, direction, initial, probe, last))
    }
}
