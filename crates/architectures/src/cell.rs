//! One step of a recurrence.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Device, Tensor};
use kernels::{Padded, Probe};
use schema::{Key, Options};

use crate::error::ArchitectureError;
use crate::initializer::Initializer;
use crate::state::CellState;
use crate::unrolled::{Direction, Unrolled};

/// One step of a recurrence; the time loop is [`crate::sequence::unroll`].
pub trait Cell: Module + ModuleDisplay {
    /// What is carried from step to step.
    type State: CellState;

    /// Registered name, also of the architecture that is this cell alone.
    const NAME: &'static str;
    /// One line for lists.
    const SUMMARY: &'static str;
    /// The cell's own options.
    const KEYS: &'static [Key];

    /// A cell with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`].
    fn build(
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError>;

    /// Width of the hidden state.
    fn hidden(&self) -> usize;

    /// The state before the first step, all zero.
    fn zero_state(&self, batch: usize, device: &Device) -> Self::State;

    /// The state after reading `x`, `[batch, input]`.
    fn step(&self, x: Tensor<2>, state: &Self::State) -> Self::State;

    /// All steps of `x` in one operation, from `initial` (zero when absent), as
    /// [`crate::sequence::unroll_stepwise`] would give them; `None` where [`kernels`] does
    /// not have this cell.
    fn whole_sequence(
        &self,
        _x: &Padded,
        _direction: Direction,
        _initial: Option<&Self::State>,
        _probe: Option<&Probe>,
    ) -> Option<Unrolled<Self::State>> {
        None
    }
}

/// Columns `index * width..(index + 1) * width` of gates `[batch, gates * width]`.
pub(crate) fn gate(gates: &Tensor<2>, index: usize, width: usize) -> Tensor<2> {
    gates.clone().narrow(1, index * width, width)
}
