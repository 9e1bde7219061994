//! RNN-Transformer hybrid: a recurrent layer gives order and local context, causal
//! self-attention blocks then let each step look at any earlier one.
//!
//! u = cell(x)
//! u ← u + MHA(LN(u))         multi-head attention to the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide      (both, `blocks` times)
//! y = LN(u)
//!
//! The recurrence carries the order, so there is no position embedding. Attention is
//! causal, so a valid step never attends to padding. Where one vector a sequence is asked
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
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bool, Tensor, activation};
use kernels::Padded;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
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
}

/// Causal multi-head self-attention. All steps of a batch are the rows of one matrix, so
/// that each projection is one product.
#[derive(Module, Debug)]
pub struct Attention {
    /// Of a step, what it looks for.
    pub query: Linear,
    /// What a step is found by.
    pub key: Linear,
    /// What a step tells.
    pub value: Linear,
    /// Joins the heads.
    pub output: Linear,
    heads: usize,
}

impl Attention {
    fn build(hidden: usize, heads: usize, init: &mut Initializer) -> Self {
        let mut linear = || init.linear(hidden, hidden);
        let (query, key, value, output) = (linear(), linear(), linear(), linear());
        Self { query, key, value, output, heads }
    }

    /// What some rows of each of `batch` sequences learn from all steps `u`, except where
    /// `unseen` `[1 or batch, 1, rows of one sequence, steps]` is true.
    fn forward(
        &self,
        batch: usize,
        rows: Tensor<2>,
        u: Tensor<2>,
        unseen: Tensor<4, Bool>,
    ) -> Tensor<2> {
        let shape @ [_, hidden] = rows.dims();
        let width = hidden / self.heads;
        let by_head = |linear: &Linear, rows: Tensor<2>| {
            let steps = rows.dims()[0] / batch;
            let all = linear.forward(rows).reshape([batch, steps, self.heads, width]);
            all.swap_dims(1, 2) // [batch, heads, steps, width]
        };
        let query = by_head(&self.query, rows);
        let key = by_head(&self.key, u.clone());
        let value = by_head(&self.value, u);
        let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((width as f32).sqrt());
        let weights = activation::softmax(scores.mask_fill(unseen, f32::NEG_INFINITY), 3);
        self.output.forward(weights.matmul(value).swap_dims(1, 2).reshape(shape))
    }
}

/// One block of attention and feed-forward.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub attention_norm: LayerNorm,
    /// Causal multi-head self-attention.
    pub attention: Attention,
    /// Before the feed-forward part.
    pub feed_forward_norm: LayerNorm,
    /// U and its bias.
    pub inner: Linear,
    /// V and its bias.
    pub outer: Linear,
}

impl Block {
    fn build(hidden: usize, heads: usize, init: &mut Initializer) -> Self {
        Self {
            attention_norm: init.layer_norm(hidden),
            attention: Attention::build(hidden, heads, init),
            feed_forward_norm: init.layer_norm(hidden),
            inner: init.linear(hidden, 4 * hidden),
            outer: init.linear(4 * hidden, hidden),
        }
    }

    /// At all steps, `[batch·steps, hidden]`.
    fn steps(&self, u: Tensor<2>, x: &Padded) -> Tensor<2> {
        let steps = x.steps();
        let later = Tensor::<2, Bool>::tril_mask([steps, steps], 0, &u.device());
        let later = later.reshape([1, 1, steps, steps]);
        let normed = self.attention_norm.forward(u.clone());
        let learnt = self.attention.forward(x.batch(), normed.clone(), normed, later);
        self.feed_forward(u + learnt)
    }

    /// At the last valid step of each sequence, `[batch, hidden]`, without the others.
    fn last(&self, u: Tensor<2>, x: &Padded) -> Tensor<2> {
        let [_, hidden] = u.dims();
        let [batch, steps] = [x.batch(), x.steps()];
        let last = |u: Tensor<2>| x.with_values(u.reshape([batch, steps, hidden])).at_last_valid();
        let padding = x.mask().equal_elem(0.0).reshape([batch, 1, 1, steps]);
        let normed = self.attention_norm.forward(u.clone());
        let learnt = self.attention.forward(batch, last(normed.clone()), normed, padding);
        self.feed_forward(last(u) + learnt)
    }

    fn feed_forward(&self, u: Tensor<2>) -> Tensor<2> {
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
    /// The recurrent layer's hidden states, `[batch·steps, hidden]`.
    fn recurrent(&self, x: &Padded) -> Tensor<2> {
        self.rows(&self.layer.steps(x, Direction::Forward))
    }

    fn rows(&self, hidden: &Padded) -> Tensor<2> {
        hidden.values().clone().reshape([hidden.batch() * hidden.steps(), self.width])
    }

    /// What the blocks make of the recurrent layer's hidden states at all steps.
    fn above(&self, u: Tensor<2>, x: &Padded) -> Tensor<3> {
        let u = self.blocks.iter().fold(u, |u, block| block.steps(u, x));
        let y = self.norm.forward(u).reshape([x.batch(), x.steps(), self.width]);
        x.with_values(y).zero_padding().values().clone()
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
        sight: Sight::Past,
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
        let (top, below) = self.blocks.split_last().expect("the table asks for a block");
        let u = below.iter().fold(self.recurrent(x), |u, block| block.steps(u, x));
        self.norm.forward(top.last(u, x))
    }

    fn steps(&self, x: &Padded) -> Tensor<3> {
        self.above(self.recurrent(x), x)
    }

    /// The recurrent layer goes on; attention sees the steps of `x` alone.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Tensor<3>, Carried) {
        let (hidden, last) = self.layer.steps_carried(x, &carried.0);
        (self.above(self.rows(&hidden), x), Carried(last))
    }
}
