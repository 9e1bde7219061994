//! Layer-normalised LSTM: the products of input and hidden state are each normalised over all gates,
//! and what is read of the memory over the units.
//!
//! sums of i, f, g, o: LN(W x) + LN(R h) + b and the peepholes, c' as in [`crate::lstm`],
//! h' = o ⊙ tanh(LN(c'))
//!
//! Each LN has a scale and a shift of its own, `[gates·hidden]` twice and `[hidden]`. Paper: Ba, Kiros
//! and Hinton 2016, arXiv:1607.06450, equations 20 to 22. It runs step by step: the mean of a step's
//! products waits for the state of the step before.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::State;
use recurrence::Gate;

use crate::Initializer;
use crate::cell::Cell;
use crate::fused::FusedCell;

/// How the memory of an LSTM is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryRead {
    /// The block of columns of the output gate, if it is learned; else it is 1.
    pub output: Option<usize>,
    /// Whether what is read goes through tanh.
    pub through_tanh: bool,
}

/// The layer. What it carries is h and c.
#[derive(Module, Debug)]
pub struct LayerNormalized {
    /// The LSTM.
    pub lstm: FusedCell,
    /// Of W x.
    pub input_norm: LayerNorm,
    /// Of R h.
    pub recurrent_norm: LayerNorm,
    /// Of c'.
    pub memory_norm: LayerNorm,
    #[module(skip)]
    read: MemoryRead,
}

impl LayerNormalized {
    /// Around an LSTM whose memory is read so.
    pub fn build(lstm: FusedCell, read: MemoryRead, init: &mut Initializer) -> Self {
        let hidden = lstm.hidden();
        let width = lstm.shape().gates * hidden;
        Self {
            input_norm: init.layer_norm(width),
            recurrent_norm: init.layer_norm(width),
            memory_norm: init.layer_norm(hidden),
            lstm,
            read,
        }
    }
}

impl Cell for LayerNormalized {
    fn hidden(&self) -> usize {
        self.lstm.hidden()
    }

    fn memory(&self) -> usize {
        self.lstm.memory()
    }

    fn gates(&self) -> Vec<Gate> {
        self.lstm.gates()
    }

    fn recurrent_weight(&self) -> Option<Tensor<2>> {
        Cell::recurrent_weight(&self.lstm)
    }

    fn step(&self, x: Tensor<2>, state: &State) -> State {
        let of_input = self.input_norm.forward(x.matmul(self.lstm.input_weight.val()));
        let recurrent = self.lstm.recurrent_weight.as_ref().expect("an LSTM has it").val();
        let of_state = self.recurrent_norm.forward(state.hidden.clone().matmul(recurrent));
        let sums = of_input + of_state + self.lstm.bias.val().unsqueeze();
        let (mut after, gates) = self.lstm.step_from_all_sums(sums, state.clone());
        let read = self.memory_norm.forward(after.memory[0].clone());
        let read = if self.read.through_tanh { read.tanh() } else { read };
        after.hidden = match self.read.output {
            Some(output) => gates[output].clone() * read,
            None => read,
        };
        after
    }
}
