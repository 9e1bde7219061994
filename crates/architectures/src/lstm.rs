//! Long short-term memory.
//!
//! i = σ(W_i x + R_i h + b_i)    f = σ(W_f x + R_f h + b_f)
//! g = tanh(W_g x + R_g h + b_g)    o = σ(W_o x + R_o h + b_o)
//! c' = f ⊙ c + i ⊙ g    h' = o ⊙ tanh(c')
//!
//! Ablations replace a gate by the constant 1, or f by 1 − i, or one of the two tanh by the
//! identity; with peepholes the gates see the memory: p_i ⊙ c is added to the sum of i, p_f ⊙ c
//! to that of f and p_o ⊙ c' to that of o. What is left out has no weights and takes no time.
//! With full gate recurrence G [i; f; o] of the step before is added to the sums of the gates, G
//! [gates·hidden, gates·hidden] without g. With layer normalisation the sums are
//! LN(W x) + LN(R h) + b, and h' = o ⊙ tanh(LN(c')) (Ba, Kiros and Hinton 2016, arXiv:1607.06450).
//!
//! Shapes: x [batch, input]; h, c and the gates [batch, hidden]; the weights of the
//! learned gates lie side by side in the order i, f, g, o: W [input, gates·hidden],
//! R [hidden, gates·hidden], b [gates·hidden]; so do the peepholes, [gates·hidden] without g.
//! Papers: Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins
//! 2000; peepholes: Gers and Schmidhuber 2000; the ablations: Greff et al. 2015,
//! arXiv:1503.04069.
//! Differs from PyTorch: one bias, not two; `forget_bias` (default 1, as in Jozefowicz
//! et al. 2015) is added to b_f at initialisation, where PyTorch adds nothing.
//! One operation for the whole sequence, with every option but full gate recurrence, zoneout, and layer
//! norm with peepholes: a kernel on the CPU backends (flex, ndarray), on others composed of the backend's
//! own operations.

use std::sync::Arc;

use recurrence::MemoryRead;
use recurrence::cells::{self, Forget, Squash};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::ArchitectureError;
use crate::architecture::read_options;
use crate::full_gate_recurrence::FullGateRecurrence;
use crate::fused::{FusedCell, GateBias};
use crate::initial_weights::{CHRONO, INPUT_INIT, RECURRENT_INIT, SPECTRAL_RADIUS};
use crate::layer::{CellEntry, Chosen, LayerCell, layer_normalized, statement};
use crate::normalize::{NORMALIZE, Normalize};
use crate::zoneout::{ZONEOUT, ZONEOUT_MEMORY};

/// The cell; also the architecture that is one layer of it.
pub const ENTRY: CellEntry = CellEntry {
    name: "lstm",
    summary: "long short-term memory with input, forget and output gate",
    keys: &[
        Key::new(
            "forget_bias",
            Kind::Number { min: -100.0, max: 100.0 },
            Literal::Number(1.0),
            "Added to the forget gate's bias at initialisation: above 0 the cell remembers \
             from the start.",
        ),
        Key::new("input_gate", GATE, Literal::Text("learned"), "The input gate i."),
        Key::new(
            "forget_gate",
            Kind::OneOf(&[
                Choice { word: "learned", doc: "A sigmoid of its own weights." },
                Choice { word: "coupled-to-input", doc: "1 - i, without weights." },
                Choice { word: "always-one", doc: "The constant 1: the cell of 1997." },
            ]),
            Literal::Text("learned"),
            "The forget gate f.",
        ),
        Key::new("output_gate", GATE, Literal::Text("learned"), "The output gate o."),
        Key::optional(
            "input_activation",
            SQUASH,
            "What is written to the memory goes through it: tanh if absent.",
        ),
        Key::optional(
            "output_activation",
            SQUASH,
            "What is read of the memory goes through it: tanh if absent.",
        ),
        Key::optional(
            "peepholes",
            Kind::Boolean,
            "Whether the learned gates see the memory, each unit its own; no if absent.",
        ),
        Key::optional(
            "full_gate_recurrence",
            Kind::Boolean,
            "Whether the learned gates also see what the gates were at the step before; no if \
             absent. Runs step by step, several times slower.",
        ),
        NORMALIZE,
        CHRONO,
        INPUT_INIT,
        RECURRENT_INIT,
        SPECTRAL_RADIUS,
        ZONEOUT,
        ZONEOUT_MEMORY,
    ],
    choose,
};

const GATE: Kind = Kind::OneOf(&[
    Choice { word: "learned", doc: "A sigmoid of its own weights." },
    Choice { word: "always-one", doc: "The constant 1, without weights." },
]);

const SQUASH: Kind = Kind::OneOf(&[
    Choice { word: "tanh", doc: "Hyperbolic tangent." },
    Choice { word: "identity", doc: "None: the number itself, unbounded." },
]);

/// Options of `[model.lstm]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LstmConfig {
    /// Added to the forget gate's bias at initialisation.
    pub forget_bias: f32,
    /// The input gate i.
    pub input_gate: Gate,
    /// The forget gate f.
    pub forget_gate: ForgetGate,
    /// The output gate o.
    pub output_gate: Gate,
    /// Of what is written.
    #[serde(default)]
    pub input_activation: Activation,
    /// Of what is read.
    #[serde(default)]
    pub output_activation: Activation,
    /// Whether the learned gates see the memory.
    #[serde(default)]
    pub peepholes: bool,
    /// Whether the learned gates see what the gates were.
    #[serde(default)]
    pub full_gate_recurrence: bool,
    /// A normalisation within the cell.
    pub normalize: Option<Normalize>,
    /// The longest lag that the gates begin with.
    pub chrono: Option<u64>,
}

/// A gate that is learned or left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// σ of its own weights.
    Learned,
    /// The constant 1.
    AlwaysOne,
}

/// The forget gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForgetGate {
    /// σ of its own weights.
    Learned,
    /// 1 − i.
    CoupledToInput,
    /// The constant 1.
    AlwaysOne,
}

/// The function at the entrance or the exit of the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// Hyperbolic tangent.
    #[default]
    Tanh,
    /// The number itself.
    Identity,
}

impl From<Activation> for Squash {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Tanh => Self::Tanh,
            Activation::Identity => Self::Identity,
        }
    }
}

impl From<LstmConfig> for cells::Lstm {
    fn from(config: LstmConfig) -> Self {
        Self {
            input_gate: config.input_gate == Gate::Learned,
            forget_gate: match config.forget_gate {
                ForgetGate::Learned => Forget::Learned,
                ForgetGate::CoupledToInput => Forget::Coupled,
                ForgetGate::AlwaysOne => Forget::One,
            },
            output_gate: config.output_gate == Gate::Learned,
            input_activation: config.input_activation.into(),
            output_activation: config.output_activation.into(),
            peepholes: config.peepholes,
        }
    }
}

fn choose(options: &Options) -> Result<Chosen, ArchitectureError> {
    let config: LstmConfig = read_options(ENTRY.name, options)?;
    let cell = cells::Lstm::from(config);
    let bias = cell.forget_column().map(|gate| match config.chrono {
        None => GateBias::Shifted { gate, by: config.forget_bias },
        Some(steps) => GateBias::Chrono { gate, opposite: cell.input_gate.then_some(0), steps },
    });
    match (config.full_gate_recurrence, config.normalize) {
        (false, None) => Ok(statement(cell, bias)),
        (true, None) => Ok(Box::new(move |sizes, weights, init| {
            let lstm = FusedCell::build(Arc::new(cell), sizes, weights, bias, init);
            let layer = FullGateRecurrence::build(lstm, cell.candidate_column(), init);
            Ok(LayerCell::FullGateRecurrence(layer))
        })),
        (false, Some(Normalize::Layer)) => {
            let read = MemoryRead {
                output: cell.output_column(),
                through_tanh: config.output_activation == Activation::Tanh,
            };
            Ok(layer_normalized(cell, bias, Some(read)))
        }
        (true, Some(_)) => {
            let reason = "full_gate_recurrence and normalize do not go together; leave one out";
            let architecture = ENTRY.name;
            Err(ArchitectureError::Unfit { architecture, reason: reason.into() })
        }
    }
}
