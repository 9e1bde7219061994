//! R-Transformer: blocks of a recurrence that is restarted in a short window at each step, attention
//! and a feed-forward part.
//!
//! u = P x + b
//! u_t ← u_t + cell(LN(u)_{t−m+1}, ..., LN(u)_t)      the last hidden state, from zero
//! u ← u + MHA(LN(u))         multi-head attention to the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide      (all three, `blocks` times)
//! y = LN(u)
//!
//! The recurrence sees m = `local` steps, before the first one zeros, and carries their order, so there
//! is no position embedding; what is further away is attention's, with `window` as far as that. Causal,
//! so a valid step never sees padding.
//!
//! Shapes: x [batch, steps, input]; u, y [batch, steps, hidden].
//! Paper: Wang et al. 2019, arXiv:1907.05572; with the normalisation before each part (Xiong et al.
//! 2020, arXiv:2002.04745) and once at the end.
//! The recurrence takes `local` times the numbers of a layer that runs over the sequence once.
//! With `dropout` part of what each part adds is put to 0 while training.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use kernels::{Activation, Padded, Windows};
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Description, Sight, Spec, read_options};
use crate::attention::{Block, HEADS, Looks, WINDOW, fits};
use crate::burn_layers::{linear, normed};
use crate::cells::{CELL, ChosenCell};
use crate::cost::looking;
use crate::dropout::{DROPOUT, Dropout};
use crate::layer::Layer;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cell as _, Cost, Initializer};

/// Options of `[model.r_transformer]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RTransformerConfig {
    /// Attention heads; they divide `hidden`.
    pub heads: usize,
    /// Blocks of recurrence, attention and feed-forward.
    pub blocks: usize,
    /// Steps that the recurrence sees.
    pub local: usize,
    /// Steps that attention sees, back from each.
    pub window: Option<usize>,
    /// Part of what each part adds that is put to 0.
    pub dropout: Option<f32>,
}

/// One block.
#[derive(Module, Debug)]
pub struct RBlock {
    /// Before the recurrence.
    pub norm: LayerNorm,
    /// The recurrence.
    pub layer: Layer,
    /// Attention and the feed-forward part.
    pub block: Block,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct RTransformer {
    /// P and its bias.
    pub input: Linear,
    /// From the input upwards.
    pub layers: Vec<RBlock>,
    /// The last normalisation.
    pub norm: LayerNorm,
    width: usize,
    local: usize,
    window: Option<usize>,
    #[module(skip)]
    dropout: Dropout,
}

impl RTransformer {
    /// What the recurrence of a block gives at each step, as rows `[batch·steps, hidden]` of u.
    fn recur(&self, block: &RBlock, u: &Tensor<2>, x: &Padded) -> Tensor<2> {
        let (local, [batch, steps, width]) = (self.local, [x.batch(), x.steps(), self.width]);
        let read = x.with_rows(normed(&block.norm, u.clone()));
        let seen =
            Windows { kernel: local, dilation: 1, stride: 1, before: local - 1, outputs: steps };
        let seen = seen.of(read.values().clone()).reshape([batch * steps, local, width]);
        let seen = Padded::new(seen, vec![local; batch * steps]).expect("windows are full");
        block.layer.last(&seen, Direction::Forward)
    }

    /// Runs all blocks: u of the top one before its attention, `[batch·steps, hidden]`, and that block.
    fn below_top(&self, x: &Padded, looks: &Looks) -> (Tensor<2>, &RBlock) {
        let x = x.clone().zero_padding();
        let u = linear(&self.input, x.rows(), Activation::Identity);
        let (top, below) = self.layers.split_last().expect("the table asks for a block");
        let recur = |block, u: Tensor<2>| {
            let made = self.recur(block, &u, &x);
            u + self.dropout.apply(made)
        };
        let u = below.iter().fold(u, |u, block| block.block.steps(recur(block, u), looks));
        (recur(top, u), top)
    }

    fn looks(&self, x: &Padded) -> Looks {
        Looks::new(x, true, self.window)
    }
}

impl Architecture for RTransformer {
    const DESCRIPTION: Description = Description {
        name: "r_transformer",
        summary: "a recurrence restarted in each short window, then attention, in blocks",
        keys: &[
            CELL,
            HEADS,
            Key::new(
                "blocks",
                Kind::Integer { min: 1, max: 64 },
                Literal::Integer(1),
                "Blocks of recurrence, attention and feed-forward.",
            ),
            Key::new(
                "local",
                Kind::Integer { min: 1, max: 10_000 },
                Literal::Integer(7),
                "Steps that the recurrence sees, back from each, itself included.",
            ),
            WINDOW,
            DROPOUT,
        ],
        sight: Sight::Past,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let architecture = Self::DESCRIPTION.name;
        let (cell, options) = ChosenCell::take(architecture, options)?;
        let config: RTransformerConfig = read_options(architecture, &options)?;
        let (hidden, heads) = (spec.hidden, config.heads);
        fits(architecture, hidden, heads)?;
        let dropout = Dropout::fresh(config.dropout.unwrap_or(0.0));
        let input = init.linear(spec.input, hidden);
        let mut layers = Vec::with_capacity(config.blocks);
        for _ in 0..config.blocks {
            layers.push(RBlock {
                norm: init.layer_norm(hidden),
                layer: cell.layer(hidden, hidden, init)?,
                block: Block::build(hidden, heads, dropout, init),
            });
        }
        let (local, window, norm) = (config.local, config.window, init.layer_norm(hidden));
        Ok(Self { input, layers, norm, width: hidden, local, window, dropout })
    }

    /// Each step runs the recurrence over its window; the numbers in it are carried, beside keys and
    /// values of the steps in sight.
    fn cost(&self, steps: usize) -> Cost {
        let mut cost = Cost::once_a_step(self, steps, Some(0));
        for block in &self.layers {
            let once =
                Cost::once_a_step(&block.layer, steps, None).with_layers(steps, [&block.layer]);
            let looking = looking(self.width, steps, true, self.window);
            let again = (self.local as u64 - 1) * once.multiply_adds;
            cost.multiply_adds +=
                again + steps as u64 * block.layer.beside_weights() + looking.multiply_adds;
            let window = (self.width * (self.local - 1)) as u64;
            cost.state = cost.state.zip(looking.state).map(|(sum, own)| sum + own + window);
        }
        cost
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let looks = self.looks(x);
        let (u, top) = self.below_top(x, &looks);
        normed(&self.norm, top.block.last(u, &looks))
    }

    fn steps(&self, x: &Padded) -> Padded {
        let looks = self.looks(x);
        let (u, top) = self.below_top(x, &looks);
        x.with_rows(normed(&self.norm, top.block.steps(u, &looks))).zero_padding()
    }
}
