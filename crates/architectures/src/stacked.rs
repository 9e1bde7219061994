//! Stacked (deep) recurrent network: each layer reads the hidden states of the one below.
//!
//! h⁽¹⁾ = cell(x),  h⁽ˡ⁾ = cell(u⁽ˡ⁾)
//! u⁽ˡ⁾ = h⁽ˡ⁻¹⁾                              plain; the top layer is the output
//! u⁽ˡ⁾ = u⁽ˡ⁻¹⁾ + h⁽ˡ⁻¹⁾,  u⁽²⁾ = h⁽¹⁾          residual; the output is what a next layer would read
//! u⁽ˡ⁾ = [x; h⁽¹⁾; ...; h⁽ˡ⁻¹⁾]                 dense; the top layer is the output
//!
//! With layer normalisation every layer but the first reads LN(u⁽ˡ⁾).
//!
//! Shapes: x [batch, steps, input]; every h [batch, steps, hidden]; u is as wide as h, but dense
//! [batch, steps, input + (l − 1)·hidden].
//! Papers: Schmidhuber 1992, Neural Computation 4:234-242; Graves, Mohamed and Hinton 2013,
//! arXiv:1303.5778; residual: He et al. 2015, arXiv:1512.03385; dense: Huang et al. 2016,
//! arXiv:1608.06993.
//! Plain as PyTorch's `num_layers`, without dropout between layers.
//! With `dropout` part of what each layer but the first reads is put to 0 while training.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
use crate::burn_layers::normed;
use crate::cells::{CELL, ChosenCell};
use crate::dropout::{DROPOUT, DROPOUT_MASK, Dropout, Mask};
use crate::layer::{Layer, RunLayer, carrying, forward};
use crate::normalize::Normalize;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cost, Initializer};

/// Options of `[model.stacked]`, beside the cell.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackedConfig {
    /// Number of layers.
    pub layers: usize,
    /// What each layer reads of those below; the one below if absent.
    pub connections: Option<Connections>,
    /// What is done to what a layer reads.
    pub normalize: Option<Normalize>,
    /// Part of what each layer but the first reads that is put to 0.
    pub dropout: Option<f32>,
    /// Which part, over time.
    pub dropout_mask: Option<Mask>,
}

/// What a layer reads beside the hidden states of the one below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connections {
    /// Their sum with what that one reads.
    Residual,
    /// The input and the hidden states of all layers below.
    Dense,
}

/// The architecture; see the module's equations.
#[derive(Module, Debug)]
pub struct Stacked {
    /// From the input upwards.
    pub layers: Vec<Layer>,
    /// Of what each layer but the first reads; none without normalisation.
    pub norms: Vec<LayerNorm>,
    width: usize,
    #[module(skip)]
    connections: Option<Connections>,
    #[module(skip)]
    dropout: Dropout,
}

impl Stacked {
    /// What leads past the layer at `index`, `past`, together with what it has made.
    fn joined<const D: usize>(&self, index: usize, past: Tensor<D>, made: Tensor<D>) -> Tensor<D> {
        match self.connections {
            Some(Connections::Residual) if index > 0 => past + made,
            Some(Connections::Dense) => Tensor::cat(vec![past, made], D - 1),
            _ => made,
        }
    }

    /// What the layer at `index` reads of what leads to it.
    fn read(&self, index: usize, past: &Padded) -> Padded {
        let Some(below) = index.checked_sub(1) else { return past.clone() };
        let past = match self.norms.get(below) {
            Some(norm) => past.with_values(normed(norm, past.values().clone())).zero_padding(),
            None => past.clone(),
        };
        past.with_values(self.dropout.apply(past.values().clone()))
    }

    /// Runs all layers but the top one with `run`: what leads to the top one, its place and itself.
    fn below_top(&self, x: &Padded, run: RunLayer) -> (Padded, usize, &Layer) {
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        let past = below.iter().enumerate().fold(x.clone(), |past, (index, layer)| {
            let made = run(layer, &self.read(index, &past));
            let joined = self.joined(index, past.values().clone(), made.values().clone());
            past.with_values(joined)
        });
        (past, below.len(), top)
    }

    /// The output, from what leads past the top layer and what that has made.
    fn output<const D: usize>(
        &self,
        index: usize,
        past: impl FnOnce() -> Tensor<D>,
        made: Tensor<D>,
    ) -> Tensor<D> {
        match self.connections {
            Some(Connections::Residual) if index > 0 => past() + made,
            _ => made,
        }
    }

    /// Runs all layers with `run`.
    fn through(&self, x: &Padded, run: RunLayer) -> Padded {
        let (past, index, top) = self.below_top(x, run);
        let made = run(top, &self.read(index, &past));
        past.with_values(self.output(index, || past.values().clone(), made.values().clone()))
    }
}

impl Architecture for Stacked {
    const DESCRIPTION: Description = Description {
        name: "stacked",
        summary: "deep recurrent network: layers of one cell on top of each other",
        keys: &[
            CELL,
            Key::new(
                "layers",
                Kind::Integer { min: 1, max: 64 },
                Literal::Integer(2),
                "Number of layers.",
            ),
            Key::optional(
                "connections",
                Kind::OneOf(&[
                    Choice {
                        word: "residual",
                        doc: "What a layer reads is added to what it makes, from the second on.",
                    },
                    Choice {
                        word: "dense",
                        doc: "A layer reads the input and what all layers below make.",
                    },
                ]),
                "What leads past a layer; nothing if absent.",
            ),
            Key::optional(
                "normalize",
                Kind::OneOf(&[Choice {
                    word: "layer",
                    doc: "Layer normalisation of what each layer but the first reads.",
                }]),
                "A normalisation between the layers; none if absent.",
            ),
            DROPOUT,
            DROPOUT_MASK,
        ],
        sight: Sight::Past,
    };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let (cell, options) = ChosenCell::take(Self::DESCRIPTION.name, options)?;
        let config: StackedConfig = read_options(Self::DESCRIPTION.name, &options)?;
        let hidden = spec.hidden;
        let input = |layer| match (layer, config.connections) {
            (0, _) => spec.input,
            (layer, Some(Connections::Dense)) => spec.input + layer * hidden,
            _ => hidden,
        };
        let layers = (0..config.layers).map(|layer| cell.layer(input(layer), hidden, init));
        let layers = layers.collect::<Result<_, _>>()?;
        let normalised = if config.normalize.is_some() { config.layers } else { 1 };
        let norms = (1..normalised).map(|layer| init.layer_norm(input(layer))).collect();
        let dropout = Dropout::new(Self::DESCRIPTION.name, config.dropout, config.dropout_mask)?;
        Ok(Self { layers, norms, width: hidden, connections: config.connections, dropout })
    }

    fn cost(&self, steps: usize) -> Cost {
        let state = self.layers.iter().map(Layer::state_size).sum();
        Cost::once_a_step(self, steps, Some(state)).with_layers(steps, &self.layers)
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (past, index, top) = self.below_top(x, &mut forward);
        let made = top.last(&self.read(index, &past), Direction::Forward);
        self.output(index, || past.at_last_valid(), made)
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.through(x, &mut forward)
    }

    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        carrying(carried, |run| self.through(x, run))
    }
}
