//! Stacked (deep) recurrent network: each layer reads the hidden states of the one below.
//!
//! h⁽¹⁾ = cell(x),  h⁽ˡ⁾ = cell(h⁽ˡ⁻¹⁾);  the top layer is the output.
//!
//! Shapes: x [batch, steps, input]; every h [batch, steps, hidden].
//! Papers: Schmidhuber 1992, Neural Computation 4:234-242; Graves, Mohamed and Hinton 2013,
//! arXiv:1303.5778.
//! As PyTorch's `num_layers`, without dropout between layers.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Architecture, Carried, Description, Sight, Spec, read_options};
use crate::cells::{CELL, ChosenCell};
use crate::layer::Layer;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cell as _, Initializer};

/// Options of `[model.stacked]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackedConfig {
    /// Number of layers.
    pub layers: usize,
}

/// The architecture; see the module's equation.
#[derive(Module, Debug)]
pub struct Stacked {
    /// From the input upwards.
    pub layers: Vec<Layer>,
    width: usize,
}

impl Stacked {
    /// The output of all layers but the top one, and the top one.
    fn below_top(&self, x: &Padded) -> (Padded, &Layer) {
        let (top, below) = self.layers.split_last().expect("the table asks for a layer");
        let forward = |x: Padded, layer: &Layer| layer.steps(&x, Direction::Forward);
        (below.iter().fold(x.clone(), forward), top)
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
        let input = |layer| if layer == 0 { spec.input } else { spec.hidden };
        let layers = (0..config.layers).map(|layer| cell.layer(input(layer), spec.hidden, init));
        Ok(Self { layers: layers.collect::<Result<_, _>>()?, width: spec.hidden })
    }

    fn width(&self) -> usize {
        self.width
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        let (x, top) = self.below_top(x);
        top.last(&x, Direction::Forward)
    }

    fn steps(&self, x: &Padded) -> Padded {
        let (x, top) = self.below_top(x);
        top.steps(&x, Direction::Forward)
    }

    fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let mut states = carried.0.as_slice();
        let (mut x, mut after) = (x.clone(), Vec::new());
        for layer in &self.layers {
            // At the start of a stream there are none.
            let (own, others) = states.split_at(layer.state_tensors().min(states.len()));
            let (hidden, last) = layer.steps_carried(&x, own);
            (x, states) = (hidden, others);
            after.extend(last);
        }
        (x, Carried(after))
    }
}
