//! Full gate recurrence: an LSTM whose gates also see what the gates were at the step before.
//!
//! sums of i, f, o: W x + R h + b + G [i; f; o]⁻ and the peepholes, the rest as in [`crate::lstm`].
//!
//! G `[gates·hidden, gates·hidden]` leads from each learned gate to each, nine matrices of an LSTM
//! with three of them; the gates before the first step are 0. Papers: Hochreiter and Schmidhuber
//! 1997; Greff et al. 2015 (FGR). It runs step by step: the products of a step wait for the gates
//! of the step before.

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::State;
use recurrence::Gate;

use crate::Initializer;
use crate::cell::Cell;
use crate::fused::FusedCell;

/// The layer. What it carries is h, c and then each learned gate.
#[derive(Module, Debug)]
pub struct FullGateRecurrence {
    /// The LSTM.
    pub lstm: FusedCell,
    /// G, `[gates·hidden, gates·hidden]`.
    pub gate_weight: Param<Tensor<2>>,
    /// Which of the LSTM's blocks is the candidate: no gate.
    candidate: usize,
}

impl FullGateRecurrence {
    /// Around an LSTM whose `candidate`-th block of columns is no gate.
    pub fn build(lstm: FusedCell, candidate: usize, init: &mut Initializer) -> Self {
        let hidden = lstm.hidden();
        let width = (lstm.shape().gates - 1) * hidden;
        Self { lstm, gate_weight: init.uniform([width, width], hidden), candidate }
    }
}

impl Cell for FullGateRecurrence {
    fn hidden(&self) -> usize {
        self.lstm.hidden()
    }

    fn memory(&self) -> usize {
        self.lstm.memory() + self.lstm.shape().gates - 1
    }

    fn gates(&self) -> Vec<Gate> {
        self.lstm.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        Cell::recurrent_weight(&self.lstm)
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        let (memory, gates) = state.memory.split_at(self.lstm.memory());
        let mut sums = self.lstm.input_sums(x);
        if !gates.is_empty() {
            let seen = Tensor::cat(gates.to_vec(), 1).matmul(self.gate_weight.val());
            let mut seen = seen.split(self.hidden(), 1);
            seen.insert(self.candidate, state.hidden.zeros_like());
            sums = sums + Tensor::cat(seen, 1);
        }
        let before = State { hidden: state.hidden.clone(), memory: memory.to_vec() };
        let (mut after, mut gates) = self.lstm.step_from_sums(sums, before);
        gates.remove(self.candidate);
        after.memory.extend(gates);
        after
    }
}
