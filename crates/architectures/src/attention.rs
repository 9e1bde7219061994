//! Multi-head self-attention in pre-norm blocks: what the Transformer and the hybrids with it are
//! made of.
//!
//! u ← u + MHA(LN(u));  u ← u + V ReLU(U LN(u)), 4·hidden wide
//!
//! PyTorch's `TransformerEncoderLayer(norm_first=True, activation="relu", dropout=0)`. Pre-norm
//! as Xiong et al. 2020, arXiv:2002.04745; attention as Vaswani et al. 2017, arXiv:1706.03762.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::{Bool, Tensor, TensorData, activation};
use kernels::{Activation, AttentionOptions, Padded, attention};
use schema::{Key, Kind, Literal};

use crate::burn_layers::{linear, normed};
use crate::cost::{in_products, looking};
use crate::dropout::Dropout;
use crate::positions::Rotation;
use crate::{ArchitectureError, Cost, Initializer};

/// The option `heads`.
pub(crate) const HEADS: Key = Key::new(
    "heads",
    Kind::Integer { min: 1, max: 256 },
    Literal::Integer(4),
    "Attention heads; they must divide model.hidden.",
);

/// The option `window`.
pub(crate) const WINDOW: Key = Key::optional(
    "window",
    Kind::Integer { min: 1, max: 1_000_000 },
    "Steps that attention sees, back from each, itself included (and as many ahead where it may \
     look there); without it all.",
);

/// Whether `heads` divide `hidden`.
///
/// # Errors
/// [`ArchitectureError::Unfit`] if they do not.
pub(crate) fn fits(
    architecture: &'static str,
    hidden: usize,
    heads: usize,
) -> Result<(), ArchitectureError> {
    if hidden.is_multiple_of(heads) {
        return Ok(());
    }
    let reason = format!("heads = {heads} does not divide model.hidden = {hidden}");
    Err(ArchitectureError::Unfit { architecture, reason })
}

/// Where attention looks in a batch: at all valid steps, but none after its own where it is causal,
/// and none that is `window` or more away.
pub(crate) struct Looks {
    x: Padded,
    causal: bool,
    window: usize,
    /// How far the vectors of each step are turned, where they are.
    turned: Option<Rotation>,
}

/// What stands for the score of a step that is not seen: less than any, so that its weight is 0.
const UNSEEN: f32 = -1e30;

impl Looks {
    pub fn new(x: &Padded, causal: bool, window: Option<usize>) -> Self {
        let window = window.unwrap_or_else(|| x.steps());
        Self { x: x.clone(), causal, window, turned: None }
    }

    /// With rotary positions, if there are.
    pub fn turned(self, turned: Option<Rotation>) -> Self {
        Self { turned, ..self }
    }

    /// True where a step is out of sight of the last valid one, `[batch, 1, 1, steps]`.
    fn unseen_by_last(&self) -> Tensor<4, Bool> {
        let steps = self.x.steps();
        let row = |&length: &usize| {
            (0..steps).map(move |to| to >= length || length - 1 - to >= self.window)
        };
        let all: Vec<bool> = self.x.lengths().iter().flat_map(row).collect();
        let all = TensorData::new(all, [self.x.batch(), 1, 1, steps]);
        Tensor::from_data(all, &self.x.device())
    }
}

/// Multi-head self-attention. All steps of a batch are the rows of one matrix, so that each
/// projection is one product.
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
    pub(crate) fn build(hidden: usize, heads: usize, init: &mut Initializer) -> Self {
        let mut linear = || init.linear(hidden, hidden);
        let (query, key, value, output) = (linear(), linear(), linear(), linear());
        Self { query, key, value, output, heads }
    }

    /// What each step of `u`, `[batch·steps, hidden]`, learns from those that it looks at, likewise.
    pub(crate) fn at_all_rows(&self, u: &Tensor<2>, looks: &Looks) -> Tensor<2> {
        let Looks { x, causal, window, turned } = looks;
        let project = |layer| plain(layer, u.clone());
        let [mut query, mut key, value] = [&self.query, &self.key, &self.value].map(project);
        if let Some(rotation) = turned {
            let shape = query.dims();
            let turn = |rows| rotation.all(self.by_head(rows, x)).swap_dims(1, 2).reshape(shape);
            (query, key) = (turn(query), turn(key));
        }
        let options = AttentionOptions { heads: self.heads, causal: *causal, window: *window };
        plain(&self.output, attention([query, key, value], x, options))
    }

    /// What the last valid step of each sequence, `rows` `[batch, hidden]` of u, learns from the steps of
    /// u that it looks at.
    fn at_last(&self, rows: Tensor<2>, u: Tensor<2>, looks: &Looks) -> Tensor<2> {
        let (shape, x) = (rows.dims(), &looks.x);
        let mut query = self.by_head(plain(&self.query, rows), x);
        let mut key = self.by_head(plain(&self.key, u.clone()), x);
        if let Some(rotation) = &looks.turned {
            (query, key) = (rotation.last(query), rotation.all(key));
        }
        let value = self.by_head(plain(&self.value, u), x);
        let width = shape[1] / self.heads;
        let scores = query.matmul(key.swap_dims(2, 3)).div_scalar((width as f32).sqrt());
        let weights = activation::softmax(scores.mask_fill(looks.unseen_by_last(), UNSEEN), 3);
        plain(&self.output, weights.matmul(value).swap_dims(1, 2).reshape(shape))
    }

    /// Rows of the steps of `x`, or of one for each sequence, as `[batch, heads, steps, width]`.
    fn by_head(&self, rows: Tensor<2>, x: &Padded) -> Tensor<4> {
        let [count, hidden] = rows.dims();
        let steps = count / x.batch();
        rows.reshape([x.batch(), steps, self.heads, hidden / self.heads]).swap_dims(1, 2)
    }
}

fn plain(layer: &Linear, rows: Tensor<2>) -> Tensor<2> {
    linear(layer, rows, Activation::Identity)
}

/// One block of attention and feed-forward.
#[derive(Module, Debug)]
pub struct Block {
    /// Before attention.
    pub attention_norm: LayerNorm,
    /// Multi-head self-attention.
    pub attention: Attention,
    /// Before the feed-forward part.
    pub feed_forward_norm: LayerNorm,
    /// U and its bias.
    pub inner: Linear,
    /// V and its bias.
    pub outer: Linear,
    #[module(skip)]
    dropout: Dropout,
}

impl Block {
    pub(crate) fn build(
        hidden: usize,
        heads: usize,
        dropout: Dropout,
        init: &mut Initializer,
    ) -> Self {
        Self {
            dropout,
            attention_norm: init.layer_norm(hidden),
            attention: Attention::build(hidden, heads, init),
            feed_forward_norm: init.layer_norm(hidden),
            inner: init.linear(hidden, 4 * hidden),
            outer: init.linear(4 * hidden, hidden),
        }
    }

    /// At all steps, `[batch·steps, hidden]`.
    pub(crate) fn steps(&self, u: Tensor<2>, looks: &Looks) -> Tensor<2> {
        let learnt = self.attention.at_all_rows(&normed(&self.attention_norm, u.clone()), looks);
        self.feed_forward(u + self.dropout.apply(learnt))
    }

    /// At the last valid step of each sequence, `[batch, hidden]`, without the others.
    pub(crate) fn last(&self, u: Tensor<2>, looks: &Looks) -> Tensor<2> {
        let last = |u: Tensor<2>| looks.x.with_rows(u).at_last_valid();
        let normed = normed(&self.attention_norm, u.clone());
        let learnt = self.attention.at_last(last(normed.clone()), normed, looks);
        self.feed_forward(last(u) + self.dropout.apply(learnt))
    }

    fn feed_forward(&self, u: Tensor<2>) -> Tensor<2> {
        let layers = [&self.inner, &self.outer];
        feed_forward(u, &self.feed_forward_norm, layers, self.dropout)
    }
}

/// u + V ReLU(U LN(u)), rows of `hidden` numbers, of `[U, V]`.
pub(crate) fn feed_forward(
    u: Tensor<2>,
    norm: &LayerNorm,
    [inner, outer]: [&Linear; 2],
    dropout: Dropout,
) -> Tensor<2> {
    let inner = linear(inner, normed(norm, u.clone()), Activation::Relu);
    u + dropout.apply(plain(outer, inner))
}

/// Blocks on top of each other, with a normalisation behind the last: y = LN(u).
#[derive(Module, Debug)]
pub struct Blocks {
    /// From the input upwards; at least one.
    pub blocks: Vec<Block>,
    /// The last normalisation.
    pub norm: LayerNorm,
}

impl Blocks {
    pub(crate) fn build(
        count: usize,
        [hidden, heads]: [usize; 2],
        dropout: Dropout,
        init: &mut Initializer,
    ) -> Self {
        let blocks = (0..count).map(|_| Block::build(hidden, heads, dropout, init)).collect();
        Self { blocks, norm: init.layer_norm(hidden) }
    }

    /// Of all blocks at every step: each weight once, and what looking takes.
    pub(crate) fn cost(&self, steps: usize, causal: bool, window: Option<usize>) -> Cost {
        let width = self.norm.gamma.lazy_shape().num_elements();
        let blocks = self.blocks.len() as u64;
        let each = looking(width, steps, causal, window);
        Cost {
            multiply_adds: steps as u64 * in_products(self) + blocks * each.multiply_adds,
            state: each.state.map(|state| blocks * state),
        }
    }

    /// y at all steps, `[batch, steps, hidden]`, zero at padding, of u `[batch·steps, hidden]`.
    pub(crate) fn steps(&self, u: Tensor<2>, looks: &Looks) -> Padded {
        let u = self.blocks.iter().fold(u, |u, block| block.steps(u, looks));
        looks.x.with_rows(normed(&self.norm, u)).zero_padding()
    }

    /// y at the last valid step of each sequence, `[batch, hidden]`: the top block does without
    /// the others.
    pub(crate) fn last(&self, u: Tensor<2>, looks: &Looks) -> Tensor<2> {
        let (top, below) = self.blocks.split_last().expect("the tables ask for a block");
        let u = below.iter().fold(u, |u, block| block.steps(u, looks));
        normed(&self.norm, top.last(u, looks))
    }
}
