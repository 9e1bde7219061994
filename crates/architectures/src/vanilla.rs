//! Vanilla (Elman) recurrent network.
//!
//! h' = a(W x + R h + b),  a = tanh or ReLU
//!
//! Shapes: x [batch, input]; h [batch, hidden]; W [input, hidden]; R [hidden, hidden];
//! b `[hidden]`.
//! Paper: Elman 1990, Cognitive Science 14:179-211.
//! Differs from PyTorch: one bias, not two; weights are stored as [input, hidden].
//! One operation for the whole sequence: a kernel on the CPU backends (flex, ndarray), on
//! others composed of the backend's own operations.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, activation};
use kernels::{CellKind, Initial, Padded, Probe, RunOutput, Weights};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Recurrent, read_options};
use crate::state::HiddenState;
use crate::unrolled::{Direction, Unrolled, unroll_whole};
use crate::{ArchitectureError, Cell, CellState, Initializer};

/// The architecture: one vanilla layer.
pub type Vanilla = Recurrent<VanillaCell>;

/// Options of `[model.vanilla]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VanillaConfig {
    /// The nonlinearity.
    pub activation: Activation,
}

/// The nonlinearity of a vanilla cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Hyperbolic tangent.
    Tanh,
    /// max(0, ·).
    Relu,
}

/// The cell; see the module's equation.
#[derive(Module, Debug)]
pub struct VanillaCell {
    /// W, `[input, hidden]`.
    pub input_weight: Param<Tensor<2>>,
    /// R, `[hidden, hidden]`.
    pub recurrent_weight: Param<Tensor<2>>,
    /// b, `[hidden]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    activation: Activation,
}

impl Cell for VanillaCell {
    type State = HiddenState;

    const NAME: &'static str = "vanilla";
    const SUMMARY: &'static str = "Elman network: one tanh (or ReLU) layer with feedback";
    const KEYS: &'static [Key] = &[Key::new(
        "activation",
        Kind::OneOf(&[
            Choice { word: "tanh", doc: "Hyperbolic tangent." },
            Choice { word: "relu", doc: "Rectified linear; unbounded, so it may diverge." },
        ]),
        Literal::Text("tanh"),
        "The nonlinearity a of h' = a(W x + R h + b).",
    )];

    fn build(
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let config: VanillaConfig = read_options(Self::NAME, options)?;
        Ok(Self {
            input_weight: init.uniform([input, hidden], hidden),
            recurrent_weight: init.uniform([hidden, hidden], hidden),
            bias: init.uniform([hidden], hidden),
            activation: config.activation,
        })
    }

    fn hidden(&self) -> usize {
        self.bias.lazy_shape()[0]
    }

    fn zero_state(&self, batch: usize, device: &Device) -> HiddenState {
        HiddenState::zero(batch, self.hidden(), device)
    }

    fn step(&self, x: Tensor<2>, HiddenState(h): &HiddenState) -> HiddenState {
        let wx = x.matmul(self.input_weight.val());
        let rh = h.clone().matmul(self.recurrent_weight.val());
        let sum = wx + rh + self.bias.val().unsqueeze(); // [batch, hidden]
        HiddenState(match self.activation {
            Activation::Tanh => sum.tanh(),
            Activation::Relu => activation::relu(sum),
        })
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        initial: Option<&HiddenState>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled<HiddenState>> {
        let kind = match self.activation {
            Activation::Tanh => CellKind::VanillaTanh,
            Activation::Relu => CellKind::VanillaRelu,
        };
        let weights = Weights {
            input_weight: self.input_weight.val(),
            recurrent_weight: self.recurrent_weight.val(),
            bias: self.bias.val(),
            candidate_bias: None,
        };
        let initial = initial.map(|state| Initial { hidden: state.hidden(), cell: None });
        let last = |output: &RunOutput| HiddenState(output.last_hidden.clone());
        Some(unroll_whole((kind, weights), x, direction, initial, probe, last))
    }
}
