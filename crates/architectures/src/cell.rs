//! One step of a recurrence.

use burn::module::{Module, ModuleDisplay};
use burn::tensor::{Bool, Device, Tensor};
use kernels::{Padded, Probe};
use schema::{Key, Options};

use crate::sequence::{Direction, Unrolled};
use crate::{ArchitectureError, Initializer};

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

/// What a cell carries from step to step.
pub trait CellState: Clone + Send {
    /// The hidden state, `[batch, hidden]`: what the rest of the model sees.
    fn hidden(&self) -> Tensor<2>;

    /// This state with another hidden state.
    #[must_use]
    fn with_hidden(self, hidden: Tensor<2>) -> Self;

    /// This state, but `old` in the rows where `ended`, `[batch, 1]`, is true.
    #[must_use]
    fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self;
}

/// The state of a cell that carries its hidden state only.
#[derive(Debug, Clone)]
pub struct HiddenState(
    /// `[batch, hidden]`.
    pub Tensor<2>,
);

impl HiddenState {
    /// All zero, `[batch, hidden]`.
    pub fn zero(batch: usize, hidden: usize, device: &Device) -> Self {
        Self(Tensor::zeros([batch, hidden], device))
    }
}

impl CellState for HiddenState {
    fn hidden(&self) -> Tensor<2> {
        self.0.clone()
    }

    fn with_hidden(self, hidden: Tensor<2>) -> Self {
        Self(hidden)
    }

    fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self {
        Self(keep_where(ended, &old.0, self.0))
    }
}

/// `old` where `ended`, else `new`; `[batch, hidden]`, `ended` `[batch, 1]`.
pub(crate) fn keep_where(ended: &Tensor<2, Bool>, old: &Tensor<2>, new: Tensor<2>) -> Tensor<2> {
    let shape = new.shape();
    new.mask_where(ended.clone().expand(shape), old.clone())
}

/// Columns `index * width..(index + 1) * width` of gates `[batch, gates * width]`.
pub(crate) fn gate(gates: &Tensor<2>, index: usize, width: usize) -> Tensor<2> {
    gates.clone().narrow(1, index * width, width)
}
