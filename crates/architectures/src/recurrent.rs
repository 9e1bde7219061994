//! One recurrent layer, read forward: the architecture that every cell is by itself. Its summary
//! is the hidden state at the last valid step.

use burn::module::Module;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::Options;

use crate::architecture::{Carried, Spec};
use crate::layer::{CellEntry, Layer};
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cell as _, Cost, Initializer};

/// The architecture.
#[derive(Module, Debug)]
pub struct Recurrent {
    /// Its layer.
    pub layer: Layer,
}

impl Recurrent {
    /// A layer of `cell` with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`].
    pub fn build(
        cell: &CellEntry,
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        Ok(Self { layer: cell.layer(spec.input, spec.hidden, options, init)? })
    }

    /// As [`crate::Architecture::cost`].
    pub fn cost(&self, steps: usize) -> Cost {
        Cost::once_a_step(self, steps, Some(self.layer.state_size()))
            .with_layers(steps, [&self.layer])
    }

    /// As [`crate::Architecture::width`].
    pub fn width(&self) -> usize {
        self.layer.hidden()
    }

    /// As [`crate::Architecture::summary`].
    pub fn summary(&self, x: &Padded) -> Tensor<2> {
        self.layer.last(x, Direction::Forward)
    }

    /// As [`crate::Architecture::steps`].
    pub fn steps(&self, x: &Padded) -> Padded {
        self.layer.steps(x, Direction::Forward)
    }

    /// As [`crate::Architecture::steps_carried`].
    pub fn steps_carried(&self, x: &Padded, carried: &Carried) -> (Padded, Carried) {
        let (steps, carried) = self.layer.steps_carried(x, &carried.0);
        (steps, Carried(carried))
    }
}
