//! Layer-normalised cells: the products of input and hidden state are each normalised over all gates,
//! and what an LSTM reads of its memory over the units.
//!
//! LN(W x) + b in the place of W x + b, LN(R h) in the place of R h, the rest as in the cell;
//! of an LSTM also h' = o ⊙ tanh(LN(c'))
//!
//! Each LN has a scale and a shift of its own, `[gates·hidden]` twice and `[hidden]`. Paper: Ba, Kiros
//! and Hinton 2016, arXiv:1607.06450, equations 20 to 22 for the LSTM. It runs step by step: the mean
//! of a step's products waits for the state of the step before.

use burn::module::Module;
use burn::nn::LayerNorm;
use burn::tensor::Tensor;
use kernels::State;
use recurrence::Gate;

use crate::Initializer;
use crate::burn_layers::normed;
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
