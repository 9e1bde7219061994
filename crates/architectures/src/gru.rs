//! Gated recurrent unit.
//!
//! r = σ(W_r x + R_r h + b_r)    z = σ(W_z x + R_z h + b_z)
//! n = tanh(W_n x + b_n + r ⊙ (R_n h + c_n))        reset after the product
//! n = tanh(W_n x + b_n + R_n (r ⊙ h))              reset before the product
//! n = tanh(W_n x + b_n + R_n h)                    no reset gate
//! h' = (1 − z) ⊙ n + z ⊙ h
//!
//! Without an update gate z is 0 and h' = n: the reset gate alone is left. What is left out has
//! no weights and takes no time.
//!
//! Shapes: x [batch, input]; h, r, z, n [batch, hidden]; the weights of the learned gates lie
//! side by side in the order r, z, n: W [input, 3·hidden], R [hidden, 3·hidden],
//! b [3·hidden]; c is `[hidden]`, only with the reset after the product.
//! Papers: Cho et al. 2014, arXiv:1406.1078v1 (reset after the product, as PyTorch and
//! cuDNN) and v3 (reset before the product).
//! Differs from PyTorch: r and z have one bias, not two.
//! One operation for the whole sequence, with every option but zoneout: a kernel on the CPU backends
//! (flex, ndarray), on others composed of the backend's own operations. With layer normalisation
//! LN(W x) + b is in the place of W x + b and LN(R h) in that of R h.

use recurrence::cells::{self, Reset};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::fused::GateBias;
use crate::initial_weights::{CHRONO, INPUT_INIT, RECURRENT_INIT, SPECTRAL_RADIUS};
use crate::layer::{CellEntry, Chosen, layer_normalized, statement};
use crate::normalize::{NORMALIZE, Normalize};
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "gru",
    summary: "gated recurrent unit with update and reset gate",
    keys: &[
        Key::new(
            "reset_gate",
            Kind::OneOf(&[
                Choice { word: "after-product", doc: "On R_n h, as PyTorch and cuDNN." },
                Choice { word: "before-product", doc: "On h, as the paper's last version." },
                Choice { word: "always-one", doc: "No reset gate and no weights for it." },
            ]),
            Literal::Text("after-product"),
            "Where the reset gate acts.",
        ),
        Key::optional(
            "update_gate",
            Kind::OneOf(&[
                Choice { word: "learned", doc: "A sigmoid of its own weights." },
                Choice {
                    word: "always-zero",
                    doc: "The constant 0, without weights: the candidate is the new state.",
                },
            ]),
            "The update gate z, which keeps the old state: learned if absent.",
        ),
        NORMALIZE,
        CHRONO,
        INPUT_INIT,
        RECURRENT_INIT,
        SPECTRAL_RADIUS,
        ZONEOUT,
    ],
    choose,
};

/// Options of `[model.gru]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GruConfig {
    /// The reset gate.
    pub reset_gate: ResetGate,
    /// The update gate.
    #[serde(default)]
    pub update_gate: UpdateGate,
    /// A normalisation within the cell.
    pub normalize: Option<Normalize>,
    /// The longest lag that the update gate begins with.
    pub chrono: Option<u64>,
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

/// The update gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateGate {
    /// σ of its own weights.
    #[default]
    Learned,
    /// The constant 0.
    AlwaysZero,
}

impl From<GruConfig> for cells::Gru {
    fn from(config: GruConfig) -> Self {
        Self {
            reset: match config.reset_gate {
                ResetGate::AfterProduct => Reset::AfterProduct,
                ResetGate::BeforeProduct => Reset::BeforeProduct,
                ResetGate::AlwaysOne => Reset::None,
            },
            update_gate: config.update_gate == UpdateGate::Learned,
        }
    }
}

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let config: GruConfig = read_options(ENTRY.name, options)?;
    let cell = cells::Gru::from(config);
    let bias = match (config.chrono, cell.update_column()) {
        (Some(steps), Some(gate)) => Some(GateBias::Chrono { gate, opposite: None, steps }),
        _ => None,
    };
    match config.normalize {
        None => Ok(statement(cell, bias)),
        Some(Normalize::Layer) if cell.reset == Reset::BeforeProduct => {
            let reason = "normalize is of the product R h, and with reset_gate = \"before-product\" \
                          one part of that is R (r h); choose \"after-product\", or leave normalize \
                          out";
            let architecture = ENTRY.name;
            Err(ArchitectureError::Unfit { architecture, reason: reason.into() })
        }
        Some(Normalize::Layer) => Ok(layer_normalized(cell, bias, None)),
    }
}
