//! Bidirectional recurrent network: in each layer one cell reads forward, one backward.
//!
//! At each step the output joins both hidden states:
//! [h→; h←]    h→ + h←    (h→ + h←) / 2    g ⊙ h→ + (1 − g) ⊙ h←,  g = σ(W [h→; h←] + b)
//! and is what the next layer reads. The summary of a sequence joins, in the top layer, the forward
//! state at its last valid step with the backward state at its first: each has then read the whole
//! sequence.
//!
//! Shapes: x [batch, steps, input]; h→, h← [batch, steps, hidden]; output [batch, steps, 2·hidden]
//! concatenated, else [batch, steps, hidden]. The backward cell reads each sequence from its own
//! last valid step, not from the end of the padding.
//! Paper: Schuster and Paliwal 1997, IEEE Trans. Signal Processing 45:2673-2681.
//! Concatenated as PyTorch's `bidirectional=True` on a packed sequence.
//! With `dropout` part of what each layer but the first reads is put to 0 while training.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation};
use kernels::Padded;
use schema::{Choice, Key, Kind, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Sight, Spec, read_options};
use crate::cells::{CELL, ChosenCell};
use crate::dropout::{DROPOUT, DROPOUT_MASK, Dropout, Mask};
use crate::layer::Layer;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.bidirectional]`, beside the cell.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BidirectionalConfig {
    /// Number of layers; 1 if absent.
    pub layers: Option<usize>,
    /// How both directions become one.
    #[serde(default)]
    pub join: Join,
    /// Part of what each layer but the first reads that is put to 0.
    pub dropout: Option<f32>,
    /// Which part, over time.
    pub dropout_mask: Option<Mask>,
}

/// How both directions become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Join {
    /// Side by side.
    #[default]
    Concatenate,
    /// Their sum.
    Sum,
    /// Their mean.
    Mean,
    /// A mean whose weights are learned.
    Gate,
}

/// One layer in both directions.
#[derive(Module, Debug)]
pub struct BothWays {
    /// Reads from the first step.
    pub forward: Layer,
    /// Reads from the last valid step.
    pub backward: Layer,
    /// W and b of the gate, `[2·hidden, hidden]`; only where both are joined by one.
    pub gate: Option<Linear>,
    #[module(skip)]
    join: Join,
}

impl BothWays {
    fn steps(&self, x: &Padded) -> Padded {
        let forward = self.forward.steps(x, Direction::Forward);
        let backward = self.backward.steps(x, Direction::Backward);
        // Zero at padding: a gate is not zero there, but what it weighs is.
        x.with_values(self.joined(forward.values().clone(), backward.values().clone()))
    }

    fn last(&self, x: &Padded) -> Tensor<2> {
        let forward = self.forward.last(x, Direction::Forward);
        self.joined(forward, self.backward.last(x, Direction::Backward))
    }

    fn joined<const D: usize>(&self, forward: Tensor<D>, backward: Tensor<D>) -> Tensor<D> {
        let both = || Tensor::cat(vec![forward.clone(), backward.clone()], D - 1);
        match (self.join, &self.gate) {
            (Join::Concatenate, _) => both(),
            (Join::Sum, _) => forward + backward,
            (Join::Gate, Some(gate)) => {
                let gate = activation::sigmoid(gate.forward(both()));
                backward.clone() + gate * (forward - backward)
            }
            (Join::Mean | Join::Gate, _) => (forward + backward) * 0.5,
        }
    }
}

/// The architecture; see the module's text.
#[derive(Module, Debug)]
pub struct Bidirectional {
    /// From the input upwards.
    pub layers: Vec<BothWays>,
    width: usize,
    #[module(skip)]
    dropout: Dropout,
}

impl Bidirectional {
    /// What the layer above `made` reads of it.
    fn between(&self, made: &Padded) -> Padded {
        made.with_values(self.dropout.apply(made.values().clone()))
    }
}

impl Architecture for Bidirectional {
    const DESCRIPTION: Description = Description {
        name: "bidirectional",
        summary: "recurrent layers in both directions, hidden states joined",
        keys: &[
            CELL,
            Key::optional(
                "layers",
                Kind::Integer { min: 1, max: 64 },
                "Number of layers, each in both directions; 1 if absent.",
            ),
            Key::optional(
                "join",
                Kind::OneOf(&[
                    Choice { word: "concatenate", doc: "Side by side, twice as wide." },
                    Choice { word: "sum", doc: "Their sum." },
                    Choice { word: "mean", doc: "Their mean." },
                    Choice { word: "gate", doc: "A mean with learned weights for each unit." },
                ]),
                "How the hidden states of both directions become one; concatenated if absent.",
            ),
            DROPOUT,
            DROPOUT_MASK,
        ],
        sight: Sight::Whole,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let (cell, options) = ChosenCell::take(Self::DESCRIPTION.name, options)?;
        let config: BidirectionalConfig = read_options(Self::DESCRIPTION.name, &options)?;
        let BidirectionalConfig { layers, join, dropout, dropout_mask } = config;
        let dropout = Dropout::new(Self::DESCRIPTION.name, dropout, dropout_mask)?;
        let hidden = spec.hidden;
        let width = if join == Join::Concatenate { 2 * hidden } else { hidden };
        let layer = |index| {
            let input = if index == 0 { spec.input } else { width };
            let forward = cell.layer(input, hidden, init)?;
            let backward = cell.layer(input, hidden, init)?;
            let gate = (join == Join::Gate).then(|| init.linear(2 * hidden, hidden));
            Ok(BothWays { forward, backward, gate, join })
        };
        let layers = (0..layers.unwrap_or(1)).map(layer).collect::<Result<_, _>>()?;
        Ok(Self { layers, width, dropout })
    }

    fn cost(&self, steps: usize) -> Cost {
        let layers = self.layers.iter().flat_map(|both| [&both.forward, &both.backward]);
        Cost::once_a_step(self, steps, None).with_layers(steps, layers)
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        top.last(&below.iter().fold(x.clone(), |x, layer| self.between(&layer.steps(&x))))
    }

    fn steps(&self, x: &Padded) -> Padded {
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        top.steps(&below.iter().fold(x.clone(), |x, layer| self.between(&layer.steps(&x))))
    }
}
