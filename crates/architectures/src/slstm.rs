//! sLSTM: an LSTM with an exponential input gate and a normaliser, so that it can revise what it
//! has stored.
//!
//! i = exp(W_i x + R_i h + b_i)    f = σ(W_f x + R_f h + b_f), or exp of it
//! z = tanh(W_z x + R_z h + b_z)    o = σ(W_o x + R_o h + b_o)
//! c' = f ⊙ c + i ⊙ z    n' = f ⊙ n + i    h' = o ⊙ c' / n'
//!
//! Shapes: x [batch, input]; h, c, n and the gates [batch, hidden]; the weights lie side by side in
//! the order i, f, z, o: W [input, 4·hidden], R [hidden, 4·hidden], b [4·hidden].
//! Paper: Beck et al. 2024, arXiv:2405.04517, with one head, so that R is not block-diagonal, and
//! without the projections and the convolution of its block.
//! Computed with c / n and ln n in the place of c, n and the paper's stabiliser: the same numbers,
//! which no exponential overflows; at the start n is e⁻³⁰, not 0.
//! With layer normalisation LN(W x) + b and LN(R h) stand for W x + b and R h; the memory, which is divided by
//! its normaliser, is read as it is.
//! One operation for the whole sequence: a kernel on the CPU backends (flex, ndarray), on others
//! composed of the backend's own operations.

use recurrence::cells::SLstm;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::exponential_gating::{FORGET_GATE, ForgetGate};
use crate::fused::GateBias;
use crate::initial_weights::{INPUT_INIT, RECURRENT_INIT, SPECTRAL_RADIUS};
use crate::layer::{CellEntry, Chosen, layer_normalized, statement};
use crate::normalize::{NORMALIZE, Normalize};
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "slstm",
    summary: "LSTM with exponential gating and a normaliser, the sLSTM of xLSTM",
    keys: &[
        FORGET_GATE,
        Key::new(
            "forget_bias",
            Kind::Number { min: -100.0, max: 100.0 },
            Literal::Number(1.0),
            "Added to the forget gate's bias at initialisation.",
        ),
        INPUT_INIT,
        RECURRENT_INIT,
        SPECTRAL_RADIUS,
        NORMALIZE,
        ZONEOUT,
    ],
    choose,
};

/// Options of `[model.slstm]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SLstmConfig {
    /// The forget gate.
    pub forget_gate: ForgetGate,
    /// Added to its bias at initialisation.
    pub forget_bias: f32,
    /// A normalisation within the cell.
    pub normalize: Option<Normalize>,
}

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let config: SLstmConfig = read_options(ENTRY.name, options)?;
    let cell = match config.forget_gate {
        ForgetGate::Sigmoid => SLstm::SigmoidForget,
        ForgetGate::Exponential => SLstm::ExponentialForget,
    };
    let bias = Some(GateBias::Shifted { gate: 1, by: config.forget_bias });
    Ok(match config.normalize {
        None => statement(cell, bias),
        Some(Normalize::Layer) => layer_normalized(cell, bias, None),
    })
}
