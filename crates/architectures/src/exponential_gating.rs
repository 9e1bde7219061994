//! The forget gate of cells whose input gate is exponential: sLSTM and mLSTM of xLSTM, Beck et al. 2024,
//! arXiv:2405.04517.

use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

/// The option `forget_gate`.
pub(crate) const FORGET_GATE: Key = Key::new(
    "forget_gate",
    Kind::OneOf(&[
        Choice { word: "sigmoid", doc: "Between 0 and 1." },
        Choice { word: "exponential", doc: "Above 0: old and new compete." },
    ]),
    Literal::Text("sigmoid"),
    "The forget gate f.",
);

/// The forget gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForgetGate {
    /// σ of its sum.
    Sigmoid,
    /// exp of its sum.
    Exponential,
}

impl From<ForgetGate> for kernels::ForgetGate {
    fn from(gate: ForgetGate) -> Self {
        match gate {
            ForgetGate::Sigmoid => Self::Sigmoid,
            ForgetGate::Exponential => Self::Exponential,
        }
    }
}
