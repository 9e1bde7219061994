//! RNN-Transformer hybrid: a recurrent layer gives order and local context, causal
//! self-attention blocks then let each step look at any earlier one.
//!
//! u = cell(x)
//! u ← u + MHA(LN(u))         multi-head attention to the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide      (both, `blocks` times)
//! y = LN(u)
//!
//! The recurrence carries the order; `positions` are told attention beside it, if at all: added to u, or
//! by turning queries and keys. Attention is causal, or with `attention = "full"` it sees all of the
//! sequence; with `window` it sees that many steps, back from its own and where it may ahead. Padding is
//! never seen. Where one vector a sequence is asked for, the top block computes its last valid step
//! alone.
//!
//! Shapes: x [batch, steps, input]; u, y [batch, steps, hidden].
//! Papers: the order recurrence, attention, feed-forward is that of Wang et al. 2019,
//! arXiv:1907.05572, whose [`r_transformer`](crate::r_transformer) restarts its recurrence in every
//! short window, where this one runs over the whole sequence; pre-norm blocks as Xiong et al. 2020,
//! arXiv:2002.04745.
//! The blocks are PyTorch's `TransformerEncoderLayer(norm_first=True, activation="relu",
//! dropout=0)`; all linear weights start from U(-1/√input, 1/√input).
//! With `dropout` part of what attention and feed-forward add is put to 0 while training.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Readout, Sight, Spec, read_options};
use crate::attention::{Blocks, HEADS, Looks, WINDOW, fits};
use crate::cells::{CELL, ChosenCell};
use crate::dropout::{DROPOUT, Dropout};
use crate::layer::Layer;
use crate::positions::{POSITIONS, Positions};
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.rnn_transformer]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RnnTransformerConfig {
    /// Attention heads; they divide `hidden`.
    pub heads: usize,
    /// Attention blocks.
    pub blocks: usize,
    /// Steps that attention sees, back from each.
    #[serde(default)]
    pub window: Option<usize>,
    /// Part of what attention and feed-forward add that is put to 0.
    #[serde(default)]
    pub dropout: Option<f32>,
    /// Which steps attention sees.
    #[serde(default)]
    pub attention: AttentionSpan,
    /// What is told of the positions beside the order that the recurrence carries.
    #[serde(default)]
    pub positions: Positions,
}

/// Which steps attention sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttentionSpan {
    /// A step's own and earlier ones.
    #[default]
    Causal,
    /// All of the sequence.
    Full,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct RnnTransformer {
    /// The recurrent layer.
    pub layer: Layer,
    /// Learned positions, `[max_steps, hidden]`.
    pub positions: Option<Param<Tensor<2>>>,
    /// On the recurrent layer.
    pub attention: Blocks,
    #[module(skip)]
    config: RnnTransformerConfig,
    width: usize,
}

impl RnnTransformer {
    fn looks(&self, x: &Padded) -> Looks {
        let rotation = self.config.positions.rotation(x, self.width / self.config.heads);
        Looks::new(x, self.is_causal(), self.config.window).turned(rotation)
    }

    fn is_causal(&self) -> bool {
        self.config.attention == AttentionSpan::Causal
    }

    /// Hidden states as rows, `[batch·steps, hidden]`, with the positions that are added.
    fn rows(&self, hidden: &Padded) -> Tensor<2> {
        self.config.positions.rows(hidden, self.positions.as_ref())
    }
}

impl Architecture for RnnTransformer {
    const DESCRIPTION: Description = Description {
        name: "rnn_transformer",
        summary: "a recurrent layer, then causal self-attention blocks",
        keys: &[
            CELL,
            HEADS,
            Key::new(
                "blocks",
                Kind::Integer { min: 1, max: 64 },
                Literal::Integer(1),
                "Blocks of attention and feed-forward.",
            ),
            WINDOW,
            DROPOUT,
            Key::optional(
                "attention",
                Kind::OneOf(&[
                    Choice { word: "causal", doc: "Its own and earlier ones." },
                    Choice { word: "full", doc: "All; not for tasks that forbid to look ahead." },
                ]),
                "Which steps attention sees from each: its own and earlier ones if absent.",
            ),
            Key::optional(
                "positions",
                Kind::OneOf(&POSITIONS),
                "How attention knows where a step stands, beside the order that the recurrence \
                 carries: not at all if absent.",
            ),
        ],
        sight: Sight::Past,
    };

    fn refuses(readout: Readout, options: &Options) -> Option<String> {
        let is_full = options.get("attention").is_some_and(|it| it == "full");
        (is_full && readout == Readout::CAUSAL).then(|| {
            "attention = \"full\" sees the steps after the one that it is asked at, which this task \
             forbids, as they hold the answer; leave it out"
                .to_owned()
        })
    }

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let (cell, options) = ChosenCell::take(architecture, options)?;
        let config: RnnTransformerConfig = read_options(architecture, &options)?;
        fits(architecture, spec.hidden, config.heads)?;
        config.positions.fit(architecture, spec.hidden / config.heads)?;
        let layer = cell.layer(spec.input, spec.hidden, init)?;
        let positions = config.positions.learned([spec.max_steps, spec.hidden], init);
        let dropout = Dropout::fresh(config.dropout.unwrap_or(0.0));
        let attention = Blocks::build(config.blocks, [spec.hidden, config.heads], dropout, init);
        Ok(Self { layer, positions, attention, config, width: spec.hidden })
    }

    fn cost(&self, steps: usize) -> Cost {
        let attention = self.attention.cost(steps, self.is_causal(), self.config.window);
        let layer = Cost::once_a_step(&self.layer, steps, Some(self.layer.state_size()))
            .with_layers(steps, [&self.layer]);
        Cost {
            multiply_adds: layer.multiply_adds + attention.multiply_adds,
            state: layer.state.zip(attention.state).map(|(layer, attention)| layer + attention),
        }
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let hidden = self.layer.steps(x, Direction::Forward);
        self.attention.last(self.rows(&hidden), &self.looks(x))
    }

    fn steps(&self, x: &Padded) -> Padded {
        let hidden = self.layer.steps(x, Direction::Forward);
        self.attention.steps(self.rows(&hidden), &self.looks(x))
    }

    /// The recurrent layer goes on; attention sees the steps of `x` alone.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let (hidden, last) = self.layer.steps_carried(x, &carried.0);
        (self.attention.steps(self.rows(&hidden), &self.looks(x)), Carried(last))
    }
}
