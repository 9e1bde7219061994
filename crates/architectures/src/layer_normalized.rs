//! Layer-normalised cells: the products of input and hidden state are each normalised over all gates,
//! and what an LSTM reads of its memory over the units.
//!
//! LN(W x) + b in the place of W x + b, LN(R h) in the place of R h, the rest as in the cell;
//! of an LSTM also h' = o ⊙ tanh(LN(c'))
//!
//! Each LN has a scale and a shift of its own, `[gates·hidden]` twice and `[hidden]`. Paper: Ba, Kiros
//! and Hinton 2016, arXiv:1607.06450, equations 20 to 22 for the LSTM. One operation for the whole sequence
//! on the CPU backends, but with peepholes, and on others step by step.

use burn::module::{Module, Param};
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::{
    Activation, NormalizedWeights, Padded, Probe, RunOutput, State, normalized_sequence,
};
use recurrence::{Gate, MemoryRead};

use crate::Initializer;
use crate::burn_layers::{EPSILON, normed};
use crate::cell::Cell;
use crate::fused::FusedCell;
use crate::unrolled::{Direction, Unrolled};

/// The layer. It carries what its cell does.
#[derive(Module, Debug)]
pub struct LayerNormalized {
    /// The cell.
    pub cell: FusedCell,
    /// Of W x.
    pub input_norm: LayerNorm,
    /// Of R h.
    pub recurrent_norm: LayerNorm,
    /// Of c', of an LSTM.
    pub memory_norm: Option<LayerNorm>,
    #[module(skip)]
    read: Option<MemoryRead>,
}

impl LayerNormalized {
    /// Around a cell whose gates see R h, and an LSTM's memory that is read so.
    pub fn build(cell: FusedCell, read: Option<MemoryRead>, init: &mut Initializer) -> Self {
        let hidden = cell.hidden();
        let width = cell.shape().gates * hidden;
        Self {
            input_norm: init.layer_norm(width),
            recurrent_norm: init.layer_norm(width),
            memory_norm: read.map(|_| init.layer_norm(hidden)),
            cell,
            read,
        }
    }
}

impl Cell for LayerNormalized {
    fn hidden(&self) -> usize {
        self.cell.hidden()
    }

    fn memory(&self) -> usize {
        self.cell.memory()
    }

    fn gates(&self) -> Vec<Gate> {
        self.cell.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        Cell::recurrent_weight(&self.cell)
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        from: Option<&State>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled> {
        let read = direction.turned(x.clone().zero_padding());
        let (weight, bias) = (self.cell.input_weight.val(), self.cell.bias.val());
        let nothing = bias.zeros_like();
        let products = kernels::linear(read.rows(), weight, nothing, Activation::Identity);
        let sums = normed(&self.input_norm, products) + bias.unsqueeze();
        let sums = read.with_rows(sums);
        let of = |norm: &LayerNorm| {
            let shift = norm.beta.as_ref().expect("all of ours have one");
            [norm.gamma.val(), shift.val()]
        };
        let weights = NormalizedWeights {
            recurrent_weight: Cell::recurrent_weight(&self.cell)?,
            norm: of(&self.recurrent_norm),
            candidate_bias: self.cell.candidate_bias.as_ref().map(Param::val),
            memory: self.read.zip(self.memory_norm.as_ref().map(of)),
            epsilon: EPSILON,
        };
        let initial = from.cloned().unwrap_or_else(|| self.zero_state(x.batch(), &x.device()));
        let probe = probe.map(|probe| {
            let zeros = x.with_values(probe.zeros().clone());
            direction.turned(zeros).values().clone()
        });
        let states = normalized_sequence(self.cell.kernel(), &sums, &weights, initial, probe)?;
        let states = read.with_values(states);
        let last = states.at_last_valid().split(self.hidden(), 1);
        let last = State::of_tensors(&last)?;
        let hidden = states.values().clone().narrow(2, 0, self.hidden());
        let hidden = direction.turned(read.with_values(hidden)).values().clone();
        Some(Unrolled::whole(RunOutput { hidden, last, gates: None }))
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        let of_input = normed(&self.input_norm, x.matmul(self.cell.input_weight.val()));
        let recurrent = self.cell.recurrent_weight.as_ref().expect("a cell with R").val();
        let of_state = normed(&self.recurrent_norm, state.hidden.clone().matmul(recurrent));
        let wx = of_input + self.cell.bias.val().unsqueeze();
        let (mut after, gates) = self.cell.step_from_products(wx, of_state, state.clone());
        if let (Some(norm), Some(read)) = (&self.memory_norm, self.read) {
            let memory = normed(norm, after.memory[0].clone());
            let memory = if read.through_tanh { memory.tanh() } else { memory };
            after.hidden = match read.output {
                Some(output) => gates[output].clone() * memory,
                None => memory,
            };
        }
        after
    }
}
