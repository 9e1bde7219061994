//! What every architecture offers, and the architecture that is one recurrent layer.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::Tensor;
use kernels::Padded;
use schema::{Key, Options};

use crate::sequence::unroll;
use crate::unrolled::Direction;
use crate::{ArchitectureError, Cell, CellState, Initializer};

/// What a task reads from a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readout {
    /// One output for each sequence.
    WholeSequence,
    /// One output for each step.
    EveryStep,
}

/// What an architecture is called and which options it takes.
#[derive(Debug, Clone, Copy)]
pub struct Description {
    /// Registered name: the word in experiment files, the file, the table of options.
    pub name: &'static str,
    /// One line for lists.
    pub summary: &'static str,
    /// Its own options, in `[model.<name>]`.
    pub keys: &'static [Key],
}

/// Sizes that a task and `[model]` give to every architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Channels of the input.
    pub input: usize,
    /// Steps of the longest sequence that the task has.
    pub max_steps: usize,
    /// `model.hidden`.
    pub hidden: usize,
    /// Whether one vector a sequence or one a step will be read.
    pub readout: Readout,
}

/// Turns a padded batch into vectors for a linear head to read.
pub trait Architecture: Module {
    /// Name, summary and options.
    const DESCRIPTION: Description;

    /// A module with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`], [`ArchitectureError::Unfit`].
    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError>;

    /// Width of the vectors that it makes.
    fn width(&self) -> usize;

    /// One vector for each sequence, `[batch, width]`; padding has no influence.
    fn summary(&self, x: &Padded) -> Tensor<2>;

    /// One vector for each step, `[batch, steps, width]`, zero at padding; padding has no
    /// influence.
    fn steps(&self, x: &Padded) -> Tensor<3>;
}

/// One recurrent layer: a cell read forward. Its summary is the hidden state at the last
/// valid step.
#[derive(Module, Debug)]
pub struct Recurrent<C: Module + ModuleDisplay> {
    /// The cell.
    pub cell: C,
}

impl<C: Cell> Architecture for Recurrent<C> {
    const DESCRIPTION: Description =
        Description { name: C::NAME, summary: C::SUMMARY, keys: C::KEYS };

    fn build(
        spec: &Spec,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        Ok(Self { cell: C::build(spec.input, spec.hidden, options, init)? })
    }

    fn width(&self) -> usize {
        self.cell.hidden()
    }

    fn summary(&self, x: &Padded) -> Tensor<2> {
        unroll(&self.cell, x, Direction::Forward, None).last.hidden()
    }

    fn steps(&self, x: &Padded) -> Tensor<3> {
        unroll(&self.cell, x, Direction::Forward, None).steps(x).values().clone()
    }
}

/// Reads `options` into the configuration of `architecture`.
pub(crate) fn read_options<T: serde::de::DeserializeOwned>(
    architecture: &'static str,
    options: &Options,
) -> Result<T, ArchitectureError> {
    schema::read(options).map_err(|source| ArchitectureError::Options { architecture, source })
}
