//! RNN-Transformer hybrid: a recurrent layer gives order and local context, causal
//! self-attention blocks then let each step look at any earlier one.
//!
//! u = cell(x)
//! u ← u + MHA(LN(u))         multi-head attention to the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide      (both, `blocks` times)
//! y = LN(u)
//!
//! The recurrence carries the order, so there is no position embedding. Attention is
//! causal, so a valid step never attends to padding.
//!
//! Shapes: x [batch, steps, input]; u, y [batch, steps, hidden].
//! Papers: the order recurrence, attention, feed-forward is that of Wang et al. 2019,
//! arXiv:1907.05572 (R-Transformer), which restarts its recurrence in every short window
//! where this one runs over the whole sequence; pre-norm blocks as Xiong et al. 2020,
//! arXiv:2002.04745.
//! The blocks are PyTorch's `TransformerEncoderLayer(norm_first=True, activation="relu",
//! dropout=0)`; all linear weights start from U(-1/√input, 1/√input).

use burn::module::Module;
use burn::nn::attention::{
    MhaInput, MultiHeadAttention, MultiHeadAttentionConfig, generate_autoregressive_mask,
};
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Tensor, activation};
use kernels::Padded;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Spec, read_options};
use crate::layer::{CELL, CellKind, Layer};
use crate::sequence::Direction;
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
}

/// One block of attention and feed-forward.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub attention_norm: LayerNorm,
    /// Causal multi-head self-attention.
    pub attention: MultiHeadAttention,
    /// Before the feed-forward part.
    pub feed_forward_norm: LayerNorm,
    /// U and its bias.
    pub inner: Linear,
    /// V and its bias.
    pub outer: Linear,
}

impl Block {
    fn build(hidden: usize, heads: usize, init: &mut Initializer) -> Self {
        let mut attention =
            MultiHeadAttentionConfig::new(hidden, heads).with_dropout(0.0).init(init.device());
        attention.query = init.linear(hidden, hidden);
        attention.key = init.linear(hidden, hidden);
        attention.value = init.linear(hidden, hidden);
        attention.output = init.linear(hidden, hidden);
        Self {
            attention_norm: init.layer_norm(hidden),
            attention,
            feed_forward_norm: init.layer_norm(hidden),
            inner: init.linear(hidden, 4 * hidden),
            outer: init.linear(4 * hidden, hidden),
        }
    }

    fn forward(&self, u: Tensor<3>) -> Tensor<3> {
        let [batch, steps, _] = u.dims();
        let causal = generate_autoregressive_mask(batch, steps, &u.device());
        let input = MhaInput::self_attn(self.attention_norm.forward(u.clone())).mask_attn(causal);
        let u = u + self.attention.forward(input).context;
        let inner = self.inner.forward(self.feed_forward_norm.forward(u.clone()));
        u + self.outer.forward(activation::relu(inner))
    }
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
}

impl RnnTransformer {
    fn encode(&self, x: &Padded) -> Padded {
        let mut u = self.layer.steps(x, Direction::Forward).values().clone();
        for block in &self.blocks {
            u = block.forward(u);
        }
        x.with_values(self.norm.forward(u))
    }
}

impl Architecture for RnnTransformer {
    const DESCRIPTION: Description = Description {
        name: "rnn_transformer",
        summary: "a recurrent layer, then causal self-attention blocks",
        keys: &[
            CELL,
            Key::new(
                "heads",
                Kind::Integer { min: 1, max: 256 },
                Literal::Integer(4),
                "Attention heads; they must divide model.hidden.",
            ),
            Key::new(
                "blocks",
                Kind::Integer { min: 1, max: 64 },
                Literal::Integer(1),
                "Blocks of attention and feed-forward.",
            ),
        ],
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let config: RnnTransformerConfig = read_options(architecture, options)?;
        if !spec.hidden.is_multiple_of(config.heads) {
            let (hidden, heads) = (spec.hidden, config.heads);
            let reason = format!("heads = {heads} does not divide model.hidden = {hidden}");
            return Err(ArchitectureError::Unfit { architecture, reason });
        }
        let layer = Layer::build(config.cell, spec.input, spec.hidden, init)?;
        let blocks =
            (0..config.blocks).map(|_| Block::build(spec.hidden, config.heads, init)).collect();
        Ok(Self { layer, blocks, norm: init.layer_norm(spec.hidden), width: spec.hidden })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        self.encode(x).at_last_valid()
    }

    fn steps(&self, x: &Padded) -> Tensor<3> {
        self.encode(x).zero_padding().values().clone()
    }
}
