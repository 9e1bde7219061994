//! Interleaved recurrence and attention: layers of both in any order, each with a feed-forward part
//! behind it.
//!
//! u = P x
//! u ← u + cell(LN(u))        a recurrent layer, or
//! u ← u + MHA(LN(u))         an attention layer: the step itself and earlier ones
//! u ← u + V ReLU(U LN(u))    feed-forward, 4·hidden wide, after each
//! y = LN(u)
//!
//! `layers` lists them from the input upwards; recurrent, recurrent, attention if it is absent. It is
//! causal; with `window` attention sees that many steps, back from its own. Where the recurrence
//! carries the order there is no position embedding.
//!
//! Shapes: x [batch, steps, input]; P [input, hidden]; u, y [batch, steps, hidden].
//! Papers: De et al. 2024, arXiv:2402.19427 (Griffin: two recurrent layers, then one of local
//! attention); Lieber et al. 2024, arXiv:2403.19887 (Jamba: one of attention in eight). Their
//! recurrences (RG-LRU, Mamba), gated feed-forward parts and experts are not here: any cell is the
//! recurrence, and the rest is that of [`crate::rnn_transformer`].
//! With `dropout` part of what each layer and feed-forward adds is put to 0 while training.

use burn::module::Module;
use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use kernels::{Activation, Padded};
use schema::{Choice, Key, Kind, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
use crate::attention::{Attention, HEADS, Looks, WINDOW, feed_forward, fits};
use crate::burn_layers::{linear, normed};
use crate::cells::{CELL, ChosenCell};
use crate::cost::looking;
use crate::dropout::{DROPOUT, Dropout};
use crate::layer::{Layer, RunLayer, carrying, forward};
use crate::{ArchitectureError, Cell as _, Cost, Initializer};

/// Options of `[model.interleaved]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InterleavedConfig {
    /// From the input upwards.
    pub layers: Option<Vec<Kinds>>,
    /// Attention heads; they divide `hidden`.
    pub heads: usize,
    /// Steps that attention sees, back from each.
    pub window: Option<usize>,
    /// Part of what each layer adds that is put to 0.
    pub dropout: Option<f32>,
}

/// A kind of layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kinds {
    /// A recurrent layer.
    Recurrent,
    /// Causal self-attention.
    Attention,
}

/// A layer without what is around it.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "one for each layer of a model")]
pub enum Mixing {
    /// Over the past by a state.
    Recurrent(Layer),
    /// Over the past by looking at it.
    Attention(Attention),
}

/// A layer with its feed-forward part.
#[derive(Module, Debug)]
pub struct Mixed {
    /// Before the layer.
    pub norm: LayerNorm,
    /// The layer.
    pub layer: Mixing,
    /// Before the feed-forward part.
    pub feed_forward_norm: LayerNorm,
    /// U and its bias.
    pub inner: Linear,
    /// V and its bias.
    pub outer: Linear,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct Interleaved {
    /// P and its bias.
    pub input: Linear,
    /// From the input upwards.
    pub layers: Vec<Mixed>,
    /// The last normalisation.
    pub norm: LayerNorm,
    width: usize,
    window: Option<usize>,
    #[module(skip)]
    dropout: Dropout,
}

/// The layers if the file lists none.
const GRIFFIN: [Kinds; 3] = [Kinds::Recurrent, Kinds::Recurrent, Kinds::Attention];

impl Mixed {
    /// What the layer adds to `u`, `[batch·steps, hidden]`, recurrent ones by `run`.
    fn mixed(&self, u: &Tensor<2>, looks: &Looks, x: &Padded, run: RunLayer) -> Tensor<2> {
        let read = normed(&self.norm, u.clone());
        match &self.layer {
            Mixing::Attention(attention) => attention.at_all_rows(&read, looks),
            Mixing::Recurrent(layer) => run(layer, &x.with_rows(read)).rows(),
        }
    }

    /// `u`, rows of `hidden` numbers, and what the feed-forward part adds.
    fn feed_forward(&self, u: Tensor<2>, dropout: Dropout) -> Tensor<2> {
        feed_forward(u, &self.feed_forward_norm, [&self.inner, &self.outer], dropout)
    }
}

impl Interleaved {
    /// All layers, recurrent ones by `run`, but the feed-forward part of the top one: that layer, and
    /// u before it, `[batch·steps, hidden]`. Rows of one matrix, so that each linear part is one
    /// product; what is at padding means nothing and has no influence.
    fn below_top(&self, x: &Padded, run: RunLayer) -> (Tensor<2>, &Mixed) {
        let looks = Looks::new(x, true, self.window);
        let x = x.clone().zero_padding();
        let u = linear(&self.input, x.rows(), Activation::Identity);
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        let mut mix = |mixed: &Mixed, u: Tensor<2>| {
            let made = mixed.mixed(&u, &looks, &x, run);
            u + self.dropout.apply(made)
        };
        let u = below.iter().fold(u, |u, mixed| {
            let u = mix(mixed, u);
            mixed.feed_forward(u, self.dropout)
        });
        (mix(top, u), top)
    }

    fn through(&self, x: &Padded, run: RunLayer) -> Padded {
        let (u, top) = self.below_top(x, run);
        let u = normed(&self.norm, top.feed_forward(u, self.dropout));
        x.with_rows(u).zero_padding()
    }
}

impl Architecture for Interleaved {
    const DESCRIPTION: Description = Description {
        name: "interleaved",
        summary: "recurrent and attention layers in any order, written as a list",
        keys: &[
            CELL,
            HEADS,
            Key::optional(
                "layers",
                Kind::ListOf {
                    words: &[
                        Choice { word: "recurrent", doc: "A recurrent layer." },
                        Choice { word: "attention", doc: "Causal self-attention." },
                    ],
                    most: 64,
                },
                "The layers from the input upwards; recurrent, recurrent, attention if absent.",
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
        let config: InterleavedConfig = read_options(architecture, &options)?;
        let (hidden, heads) = (spec.hidden, config.heads);
        let kinds = config.layers.unwrap_or_else(|| GRIFFIN.to_vec());
        if kinds.contains(&Kinds::Attention) {
            fits(architecture, hidden, heads)?;
        }
        let input = init.linear(spec.input, hidden);
        let mut layers = Vec::with_capacity(kinds.len());
        for kind in kinds {
            layers.push(Mixed {
                norm: init.layer_norm(hidden),
                layer: match kind {
                    Kinds::Recurrent => Mixing::Recurrent(cell.layer(hidden, hidden, init)?),
                    Kinds::Attention => Mixing::Attention(Attention::build(hidden, heads, init)),
                },
                feed_forward_norm: init.layer_norm(hidden),
                inner: init.linear(hidden, 4 * hidden),
                outer: init.linear(4 * hidden, hidden),
            });
        }
        let dropout = Dropout::fresh(config.dropout.unwrap_or(0.0));
        let norm = init.layer_norm(hidden);
        Ok(Self { input, layers, norm, width: hidden, window: config.window, dropout })
    }

    /// The states of the recurrent layers, and keys and values of the steps in sight.
    fn cost(&self, steps: usize) -> Cost {
        let mut cost = Cost::once_a_step(self, steps, Some(0));
        for mixed in &self.layers {
            let (multiply_adds, state) = match &mixed.layer {
                Mixing::Recurrent(layer) => {
                    (steps as u64 * layer.beside_weights(), Some(layer.state_size()))
                }
                Mixing::Attention(_) => {
                    let looking = looking(self.width, steps, true, self.window);
                    (looking.multiply_adds, looking.state)
                }
            };
            cost.multiply_adds += multiply_adds;
            cost.state = cost.state.zip(state).map(|(sum, own)| sum + own);
        }
        cost
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (u, top) = self.below_top(x, &mut forward);
        // The rest is for each step by itself.
        let last = x.with_rows(u).at_last_valid();
        normed(&self.norm, top.feed_forward(last, self.dropout))
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.through(x, &mut forward)
    }

    /// The recurrent layers go on; attention sees the steps of `x` alone.
    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        carrying(carried, |run| self.through(x, run))
    }
}
