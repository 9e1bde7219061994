//! What was seen inside a model at one optimizer step.

use serde::{Deserialize, Serialize};

/// One thing that was seen inside a model, as numbers at places.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// What: one of the constants here, or what a later version adds.
    pub kind: String,
    /// Of which part of the model: `layer 1`, `head`; of a gate `layer 1 f`.
    pub of: String,
    /// The places; empty for a single number.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at: Vec<f64>,
    /// A number for each place.
    pub values: Vec<f64>,
}

impl Reading {
    /// Mean norm of the gradient of a sequence's loss by the hidden state so many steps before
    /// the place that is asked about; at: lags.
    pub const GRADIENT_BY_LAG: &str = "gradient-by-lag";
    /// Norm of the gradient of the loss by the weights of a part.
    pub const GRADIENT_NORM: &str = "gradient-norm";
    /// Share of a gate's values below 0.1 and above 0.9 of a sigmoid, below −0.9 and above 0.9 of
    /// a tanh; at: 0, 1.
    pub const SATURATED: &str = "saturated";
    /// Size of the largest eigenvalue of the matrix from the hidden state to the candidate.
    pub const SPECTRAL_RADIUS: &str = "spectral-radius";
    /// Mean Euclidean norm of the hidden state over all steps.
    pub const HIDDEN_NORM: &str = "hidden-norm";

    /// A single number.
    pub fn number(kind: &str, of: impl Into<String>, value: f64) -> Self {
        Self { kind: kind.into(), of: of.into(), at: vec![], values: vec![value] }
    }

    /// Whether JSON can hold all of its numbers.
    pub fn is_finite(&self) -> bool {
        self.at.iter().chain(&self.values).all(|value| value.is_finite())
    }
}
