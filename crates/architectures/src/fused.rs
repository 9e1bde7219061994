//! A recurrent layer whose cell is one statement: its weights, and one operation for the whole
//! sequence.

use std::sync::Arc;

use burn::module::{Module, Param};
use burn::tensor::Tensor;
use kernels::reference::{recurrent_step, recurrent_step_from_products};
use kernels::{CellKernel, Padded, Probe, Run, State, Weights, recurrent_sequence};
use recurrence::{Candidate, Gate, Shape};

use crate::Initializer;
use crate::cell::Cell;
use crate::initial_weights::InitialWeights;
use crate::initializer::within;
use crate::unrolled::{Direction, Unrolled};

/// A recurrent layer of any cell that is a [`recurrence::Pointwise`]: a kernel on the
/// CPU backends (flex, ndarray), on others composed of the backend's own operations.
///
/// The gates' weights lie side by side, in the order of the cell.
#[derive(Module, Debug)]
pub struct FusedCell {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Param<Tensor<2>>,
    /// R, `[hidden, gates·hidden]`; a minimal unit has none.
    pub recurrent_weight: Option<Param<Tensor<2>>>,
    /// b, `[gates·hidden]`.
    pub bias: Param<Tensor<1>>,
    /// c, `[hidden]`, of a cell whose candidate's product is kept apart.
    pub candidate_bias: Option<Param<Tensor<1>>>,
    /// The weights that no product needs, such as peepholes, `[parameters·hidden]`.
    pub parameters: Option<Param<Tensor<1>>>,
    #[module(skip)]
    cell: Arc<dyn CellKernel>,
}

/// How the bias of a gate begins, in the place of PyTorch's U(−1/√hidden, 1/√hidden).
#[derive(Debug, Clone, Copy)]
pub enum GateBias {
    /// This is added to it.
    Shifted {
        /// The gate's place among those of the cell.
        gate: usize,
        /// What is added.
        by: f32,
    },
    /// ln U(1, steps − 1), for lags up to `steps`; that of `opposite` is its negative. Tallec and
    /// Ollivier 2018, arXiv:1804.11188.
    Chrono {
        /// The gate that keeps.
        gate: usize,
        /// The gate that writes, if it is another.
        opposite: Option<usize>,
        /// The longest lag.
        steps: u64,
    },
}

impl FusedCell {
    /// A layer with new weights.
    pub fn build(
        cell: Arc<dyn CellKernel>,
        [input, hidden]: [usize; 2],
        weights: InitialWeights,
        bias: Option<GateBias>,
        init: &mut Initializer,
    ) -> Self {
        let Shape { gates, recurrent, candidate, parameters, .. } = cell.shape();
        let width = gates * hidden;
        Self {
            input_weight: init
                .made([input, width], |draw| weights.input([input, hidden], gates, draw)),
            recurrent_weight: recurrent
                .then(|| init.made([hidden, width], |draw| weights.recurrent(hidden, gates, draw))),
            bias: init.made([width], |draw| biases(bias, hidden, gates, draw)),
            candidate_bias: (candidate == Candidate::Apart).then(|| init.uniform([hidden], hidden)),
            parameters: (parameters > 0).then(|| init.uniform([parameters * hidden], hidden)),
            cell,
        }
    }

    /// The statement.
    pub(crate) fn kernel(&self) -> &Arc<dyn CellKernel> {
        &self.cell
    }

    /// What the cell consists of.
    pub fn shape(&self) -> Shape {
        self.cell.shape()
    }

    /// W x + b of one step, `[batch, gates·hidden]`.
    pub(crate) fn input_sums(&self, x: Tensor<2>) -> Tensor<2> {
        x.matmul(self.input_weight.val()) + self.bias.val().unsqueeze()
    }

    /// The state after a step, and the gates after their nonlinearity, from W x + b.
    pub(crate) fn step_from_sums(
        &self,
        input_sums: Tensor<2>,
        state: State,
    ) -> (State, Vec<Tensor<2>>) {
        recurrent_step(&*self.cell, input_sums, state, &self.weights())
    }

    /// The same from W x + b and R h, of a cell whose gates see R h.
    pub(crate) fn step_from_products(
        &self,
        wx: Tensor<2>,
        rh: Tensor<2>,
        state: State,
    ) -> (State, Vec<Tensor<2>>) {
        recurrent_step_from_products(&*self.cell, wx, rh, state, &self.weights())
    }

    fn weights(&self) -> Weights {
        Weights {
            input_weight: self.input_weight.val(),
            recurrent_weight: self.recurrent_weight.as_ref().map(Param::val),
            bias: self.bias.val(),
            candidate_bias: self.candidate_bias.as_ref().map(Param::val),
            parameters: self.parameters.as_ref().map(Param::val),
        }
    }
}

fn biases(
    of_gate: Option<GateBias>,
    hidden: usize,
    gates: usize,
    draw: &mut dyn FnMut() -> f32,
) -> Vec<f32> {
    let mut biases = within(1.0 / (hidden as f32).sqrt(), gates * hidden, draw);
    let block = |gate: usize| gate * hidden..(gate + 1) * hidden;
    match of_gate {
        None => {}
        Some(GateBias::Shifted { gate, by }) => {
            for bias in &mut biases[block(gate)] {
                *bias += by;
            }
        }
        Some(GateBias::Chrono { gate, opposite, steps }) => {
            let longest = steps.saturating_sub(2) as f32;
            for unit in 0..hidden {
                let keeps = (1.0 + longest * draw()).ln();
                biases[gate * hidden + unit] = keeps;
                if let Some(opposite) = opposite {
                    biases[opposite * hidden + unit] = -keeps;
                }
            }
        }
    }
    biases
}

impl Cell for FusedCell {
    fn hidden(&self) -> usize {
        self.bias.lazy_shape()[0] / self.shape().gates
    }

    fn memory(&self) -> usize {
        self.shape().memory
    }

    fn gates(&self) -> Vec<Gate> {
        self.cell.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        self.recurrent_weight.as_ref().map(Param::val)
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        self.step_from_sums(self.input_sums(x), state.clone()).0
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        from: Option<&State>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        let reverse = direction == Direction::Backward;
        let run = Run { reverse, initial: from.cloned(), probe: probe.cloned() };
        Some(Unrolled::whole(recurrent_sequence(&self.cell, x, &self.weights(), run)))
    }
}
