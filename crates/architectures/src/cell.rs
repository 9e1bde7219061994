//! One step of a recurrence.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kernels::{Padded, Probe, State};
use recurrence::Gate;

use crate::unrolled::{Direction, Unrolled};

/// One step of a recurrence; the time loop is [`crate::sequence::unroll`].
pub trait Cell: Module {
    /// Width of the hidden state.
    fn hidden(&self) -> usize;

    /// Vectors as wide as the hidden state that it carries beside it.
    fn memory(&self) -> usize;

    /// The state before the first step, all zero.
    fn zero_state(&self, batch: usize, device: &Device) -> State {
        State::zero([batch, self.hidden()], self.memory(), device)
    }

    /// Tensors of its state.
    fn state_tensors(&self) -> usize {
        1 + self.memory()
    }

    /// Multiplications with an addition each that a step takes beside those of the weights.
    fn beside_weights(&self) -> u64 {
        0
    }

    /// The state after reading `x`, `[batch, input]`.
    fn step(&self, x: Tensor<2>, state: &State) -> State;

    /// Its gates, in the order of [`Unrolled::gates`]; none where those are not given.
    fn gates(&self) -> Vec<Gate> {
        Vec::new()
    }

    /// R, `[hidden, gates·hidden]`, of a cell that has it.
    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        None
    }

    /// All steps of `x` in one operation, from `initial` (zero when absent), as
    /// [`crate::sequence::unroll_stepwise`] would give them; `None` where [`kernels`] does
    /// not have this cell.
    fn whole_sequence(
        &self,
        _x: &Padded,
        _direction: Direction,
        _initial: Option<&State>,
        _probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        None
    }
}
