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

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
use crate::cells::{CELL, ChosenCell};
use crate::layer::Layer;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cell as _, Initializer};

/// Options of `[model.stacked]`, beside the cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackedConfig {
    /// Number of layers.
    pub layers: usize,
    /// What each layer reads of those below; the one below if absent.
    pub connections: Option<Connections>,
    /// What is done to what a layer reads.
    pub normalize: Option<Normalize>,
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

/// A normalisation between the layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalize {
    /// Over the numbers of each step.
    Layer,
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
}

impl Stacked {
    /// What the layer above `index` reads, from what that one read and made.
    fn above(&self, index: usize, read: &Padded, made: &Padded) -> Padded {
        let values = match self.connections {
            Some(Connections::Residual) if index > 0 => {
                read.values().clone() + made.values().clone()
            }
            Some(Connections::Dense) => {
                Tensor::cat(vec![read.values().clone(), made.values().clone()], 2)
            }
            _ => made.values().clone(),
        };
        read.with_values(values)
    }

    /// What the layer at `index` reads, normalised.
    fn normalised(&self, index: usize, read: &Padded) -> Padded {
        match index.checked_sub(1).and_then(|below| self.norms.get(below)) {
            Some(norm) => read.with_values(norm.forward(read.values().clone())).zero_padding(),
            None => read.clone(),
        }
    }

    /// Runs every layer with `run`; the output.
    fn through(&self, x: &Padded, mut run: impl FnMut(&Layer, &Padded) -> Padded) -> Padded {
        let (mut read, mut made) = (x.clone(), x.clone());
        for (index, layer) in self.layers.iter().enumerate() {
            made = run(layer, &self.normalised(index, &read));
            read = self.above(index, &read, &made);
        }
        if self.connections == Some(Connections::Residual) { read } else { made }
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
        Ok(Self { layers, norms, width: hidden, connections: config.connections })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        let mut read = x.clone();
        for (index, layer) in below.iter().enumerate() {
            let made = layer.steps(&self.normalised(index, &read), Direction::Forward);
            read = self.above(index, &read, &made);
        }
        let last = top.last(&self.normalised(below.len(), &read), Direction::Forward);
        let is_added = self.connections == Some(Connections::Residual) && !below.is_empty();
        if is_added { read.at_last_valid() + last } else { last }
    }

    fn steps(&self, x: &Padded) -> Padded {
        self.through(x, |layer, x| layer.steps(x, Direction::Forward))
    }

    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let mut states = carried.0.as_slice();
        let mut after = Vec::new();
        let steps = self.through(x, |layer, x| {
            // At the start of a stream there are none.
            let (own, others) = states.split_at(layer.state_tensors().min(states.len()));
            let (hidden, last) = layer.steps_carried(x, own);
            states = others;
            after.extend(last);
            hidden
        });
        (steps, Carried(after))
    }
}
