//! RNN-Transformer hybrid: a recurrent layer gives order and local context, causal
//! self-attention blocks then let each step look at any earlier one.
//!
//! u = cell(x)
//! u ← u + MHA(LN(u))         multi-head attention to the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide      (both, `blocks` times)
//! y = LN(u)
//!
//! The recurrence carries the order, so there is no position embedding. Attention is
//! causal, so a valid step never attends to padding; with `window` it sees that many steps, back
//! from its own. Where one vector a sequence is asked
//! for, the top block computes its last valid step alone.
//!
//! Shapes: x [batch, steps, input]; u, y [batch, steps, hidden].
//! Papers: the order recurrence, attention, feed-forward is that of Wang et al. 2019,
//! arXiv:1907.05572 (R-Transformer), which restarts its recurrence in every short window
//! where this one runs over the whole sequence; pre-norm blocks as Xiong et al. 2020,
//! arXiv:2002.04745.
//! The blocks are PyTorch's `TransformerEncoderLayer(norm_first=True, activation="relu",
//! dropout=0)`; all linear weights start from U(-1/√input, 1/√input).

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
use crate::attention::{Block, HEADS, Looks, WINDOW, fits};
use crate::layer::{CELL, CellKind, Layer};
use crate::unrolled::Direction;
use crate::{ArchitectureError, Initializer};

/// Options of `[model.rnn_transformer]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RnnTransformerConfig {
    /// The cell of the recurrent layer.
    pub cell: CellKind,
    /// Attention heads; they divide `hidden`.
    pub heads: usize,
    /// Attention blocks.
    pub blocks: usize,
    /// Steps that attention sees, back from each.
    #[serde(default)]
    pub window: Option<usize>,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct RnnTransformer {
    /// The recurrent layer.
    pub layer: Layer,
    /// From the recurrent layer upwards.
    pub blocks: Vec<Block>,
    /// The last normalisation.
    pub norm: LayerNorm,
    width: usize,
    window: Option<usize>,
}

impl RnnTransformer {
    fn looks(&self, x: &Padded) -> Looks {
        Looks::new(x, true, self.window)
    }

    /// The recurrent layer's hidden states, `[batch·steps, hidden]`.
    fn recurrent(&self, x: &Padded) -> Tensor<2> {
        self.rows(&self.layer.steps(x, Direction::Forward))
    }

    fn rows(&self, hidden: &Padded) -> Tensor<2> {
        hidden.values().clone().reshape([hidden.batch() * hidden.steps(), self.width])
    }

    /// What the blocks make of the recurrent layer's hidden states at all steps.
    fn above(&self, u: Tensor<2>, x: &Padded) -> Padded {
        let looks = self.looks(x);
        let u = self.blocks.iter().fold(u, |u, block| block.steps(u, x, &looks));
        let y = self.norm.forward(u).reshape([x.batch(), x.steps(), self.width]);
        x.with_values(y).zero_padding()
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
        ],
        sight: Sight::Past,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let config: RnnTransformerConfig = read_options(architecture, options)?;
        fits(architecture, spec.hidden, config.heads)?;
        let layer = Layer::build(config.cell, spec.input, spec.hidden, init)?;
        let blocks =
            (0..config.blocks).map(|_| Block::build(spec.hidden, config.heads, init)).collect();
        Ok(Self {
            layer,
            blocks,
            norm: init.layer_norm(spec.hidden),
            width: spec.hidden,
            window: config.window,
        })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (top, below) = self.blocks.split_last().expect("the table asks for a block");
        let looks = self.looks(x);
        let u = below.iter().fold(self.recurrent(x), |u, block| block.steps(u, x, &looks));
        self.norm.forward(top.last(u, x, &looks))
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.above(self.recurrent(x), x)
    }

    /// The recurrent layer goes on; attention sees the steps of `x` alone.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let (hidden, last) = self.layer.steps_carried(x, &carried.0);
        (self.above(self.rows(&hidden), x), Carried(last))
    }
}
