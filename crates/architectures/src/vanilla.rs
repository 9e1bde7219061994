//! Vanilla (Elman) recurrent network.
//!
//! h' = a(W x + R h + b),  a = tanh or ReLU
//!
//! Shapes: x [batch, input]; h [batch, hidden]; W [input, hidden]; R [hidden, hidden];
//! b `[hidden]`.
//! Paper: Elman 1990, Cognitive Science 14:179-211.
//! With ReLU and `recurrent_init = "identity"` it is the IRNN of Le, Jaitly and Hinton 2015,
//! arXiv:1504.00941.
//! Differs from PyTorch: one bias, not two; weights are stored as [input, hidden].
//! One operation for the whole sequence: a kernel on the CPU backends (flex, ndarray), on
//! others composed of the backend's own operations.

use recurrence::cells;
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::initial_weights::{INPUT_INIT, RECURRENT_INIT, SPECTRAL_RADIUS};
use crate::layer::{CellEntry, Chosen, layer_normalized, statement};
use crate::normalize::{NORMALIZE, Normalize};
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "vanilla",
    summary: "Elman network: one tanh (or ReLU) layer with feedback",
    keys: &[
        Key::new(
            "activation",
            Kind::OneOf(&[
                Choice { word: "tanh", doc: "Hyperbolic tangent." },
                Choice { word: "relu", doc: "Rectified linear; unbounded, so it may diverge." },
            ]),
            Literal::Text("tanh"),
            "The nonlinearity a of h' = a(W x + R h + b).",
        ),
        NORMALIZE,
        INPUT_INIT,
        RECURRENT_INIT,
        SPECTRAL_RADIUS,
        ZONEOUT,
    ],
    choose,
};

/// Options of `[model.vanilla]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VanillaConfig {
    /// The nonlinearity.
    pub activation: Activation,
    /// A normalisation within the cell.
    pub normalize: Option<Normalize>,
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

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let config: VanillaConfig = read_options(ENTRY.name, options)?;
    let cell = match config.activation {
        Activation::Tanh => cells::Vanilla::Tanh,
        Activation::Relu => cells::Vanilla::Relu,
    };
    Ok(match config.normalize {
        None => statement(cell, None),
        Some(Normalize::Layer) => layer_normalized(cell, None, None),
    })
}
