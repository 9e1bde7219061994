//! mLSTM: an LSTM whose memory is a matrix for each head, written by keys and read by queries.
//!
//! q = W_q x + b_q    k = (W_k x + b_k) / √d    v = W_v x + b_v    o = σ(W_o x + b_o)
//! ĩ = w_i x + b_i    f̃ = w_f x + b_f    i = exp(ĩ)    f = σ(f̃), or exp of it    (a number a head)
//! C' = f C + i v kᵀ    n' = f n + i k    h' = o ⊙ C' q / max(|n'ᵀ q|, 1)
//!
//! d = hidden / heads is the width of a head. Nothing depends on h, so that all steps run in parallel:
//! as attention whose weights decay with the forget gates in between,
//! h_t = o ⊙ Σ_s D_ts (q_tᵀ k_s) v_s / max(|Σ_s D_ts q_tᵀ k_s|, 1), D_ts = i_s f_{s+1} ⋯ f_t.
//!
//! Shapes: x [batch, input]; q, k, v, o, h [batch, hidden]; i, f [batch, heads];
//! C [d, d], n `[d]` for each head and sequence; W [input, 4·hidden + 2·heads] in the order q, k, v,
//! o, i, f.
//! Paper: Beck et al. 2024, arXiv:2405.04517, without the projections and the convolution of its
//! block. C and n are kept divided by eᵐ, m the largest exponent so far, as there: no exponential
//! overflows. It takes steps² numbers a head, as attention does.

use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::attention::fits;
use crate::exponential_gating::{FORGET_GATE, ForgetGate};
use crate::initial_weights::INPUT_INIT;
use crate::layer::{CellEntry, Chosen, LayerCell};
use crate::mlstm_layer::MLstm;
use crate::zoneout::ZONEOUT;

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "mlstm",
    summary: "LSTM with a matrix as memory, the mLSTM of xLSTM",
    keys: &[
        Key::new(
            "heads",
            Kind::Integer { min: 1, max: 256 },
            Literal::Integer(4),
            "Heads, each with a memory of its own; they must divide model.hidden.",
        ),
        FORGET_GATE,
        Key::new(
            "forget_bias",
            Kind::Number { min: -100.0, max: 100.0 },
            Literal::Number(3.0),
            "Added to the forget gate's bias at initialisation; the paper begins between 3 and 6.",
        ),
        INPUT_INIT,
        ZONEOUT,
    ],
    choose,
};

/// Options of `[model.mlstm]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MLstmConfig {
    /// Heads; they divide `hidden`.
    pub heads: usize,
    /// The forget gate.
    pub forget_gate: ForgetGate,
    /// Added to its bias at initialisation.
    pub forget_bias: f32,
}

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let MLstmConfig { heads, forget_gate, forget_bias } = read_options(ENTRY.name, options)?;
    Ok(Box::new(move |sizes, weights, init| {
        fits(ENTRY.name, sizes[1], heads)?;
        let cell = MLstm::build(heads, (forget_gate, forget_bias), sizes, weights, init);
        Ok(LayerCell::MLstm(cell))
    }))
}
