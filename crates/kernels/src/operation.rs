//! The operation as Burn's dispatch sees it: which backends have it and what goes in.
#![expect(deprecated, reason = "the generated dispatch names NdArray, which Burn 0.23 removes")]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, ExtensionType, TensorMetadata, backend_extension};
use burn::tensor::DType;

use recurrence::CellKind;

/// The tensors that go in, in the layouts of [`recurrence::Inputs`]; what a kind of cell
/// does not have is empty.
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct Operands<B: Backend> {
    pub x: FloatTensor<B>,
    pub input_weight: FloatTensor<B>,
    pub recurrent_weight: FloatTensor<B>,
    pub bias: FloatTensor<B>,
    pub candidate_bias: FloatTensor<B>,
    pub h0: FloatTensor<B>,
    pub c0: FloatTensor<B>,
}

impl<B: Backend> Operands<B> {
    /// Whether all elements are of the type that the kernels compute with.
    pub fn are_f32(&self) -> bool {
        let Self { x, input_weight, recurrent_weight, bias, candidate_bias, h0, c0 } = self;
        let operands = [x, input_weight, recurrent_weight, bias, candidate_bias, h0, c0];
        operands.into_iter().all(|operand| operand.dtype() == DType::F32)
    }
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub kind: CellKind,
    /// One for each sequence; `None` when all fill the batch.
    pub lengths: Option<Vec<usize>>,
    pub reverse: bool,
}

/// Backends with a kernel for whole sequences. On any other the generated dispatch panics:
/// [`crate::recurrent_sequence`] asks first.
#[backend_extension(Flex, NdArray, Autodiff)]
pub(crate) trait RecurrentOps: Backend {
    /// The hidden state at each step, then the final states,
    /// `[batch, steps + states, hidden]`.
    ///
    /// Operands have the shapes of [`recurrence::Inputs`] and elements of type `f32`.
    fn recurrent_sequence(
        #[extension_type] operands: Operands<Self>,
        call: Call,
    ) -> FloatTensor<Self>;
}
