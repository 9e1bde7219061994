//! The operation as Burn's dispatch sees it: which backends have it and what goes in.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the generated dispatch names NdArray, which Burn 0.23 removes")
)]

use burn::backend::tensor::FloatTensor;
use std::sync::Arc;

use burn::backend::{Backend, DispatchDevice, ExtensionType, backend_extension};
use burn::tensor::{DType, Tensor};

use crate::tensors::CellKernel;

/// The tensors that go in, in the layouts of [`recurrence::Inputs`]; what a cell
/// does not have is empty.
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct Operands<B: Backend> {
    pub x: FloatTensor<B>,
    pub input_weight: FloatTensor<B>,
    pub recurrent_weight: FloatTensor<B>,
    pub bias: FloatTensor<B>,
    pub candidate_bias: FloatTensor<B>,
    pub parameters: FloatTensor<B>,
    pub h0: FloatTensor<B>,
    pub c0: FloatTensor<B>,
    /// Zeros that count as added to the hidden state at each step, `[batch, steps, hidden]`:
    /// their gradient is that of the hidden states. Empty where nobody asks for it.
    pub probe: FloatTensor<B>,
}

/// The tensors that come out, in the layouts of [`recurrence::Outputs`].
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct Outputs<B: Backend> {
    pub hidden: FloatTensor<B>,
    pub last_hidden: FloatTensor<B>,
    /// Empty where there is no memory.
    pub last_memory: FloatTensor<B>,
    /// The gates at each step, `[batch, steps, gates·hidden]`, zero at padding and without
    /// gradient; empty where nobody asks for them.
    pub gates: FloatTensor<B>,
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub cell: Arc<dyn CellKernel>,
    /// One for each sequence; `None` when all fill the batch.
    pub lengths: Option<Vec<usize>>,
    pub reverse: bool,
    /// Whether the gates come out.
    pub gates: bool,
}

/// Backends with a kernel for whole sequences. On any other the generated dispatch panics:
/// [`crate::recurrent_sequence`] asks first.
#[backend_extension(Flex, NdArray: cfg(feature = "ndarray"), Autodiff)]
pub(crate) trait RecurrentOps: Backend {
    /// Runs the layer. Operands have the shapes of [`recurrence::Inputs`] and elements of
    /// type `f32`.
    fn recurrent_sequence(#[extension_type] operands: Operands<Self>, call: Call) -> Outputs<Self>;
}

/// Whether the backend has our operations ([`RecurrentOps`]) and the elements are of the type that the
/// kernels compute with.
pub(crate) fn has_kernel<const D: usize>(x: &Tensor<D>) -> bool {
    let device = x.device().without_autodiff();
    let in_memory = match device.as_dispatch() {
        DispatchDevice::Flex(_) => true,
        #[cfg(feature = "ndarray")]
        DispatchDevice::NdArray(_) => true,
        _ => false,
    };
    in_memory && x.dtype() == DType::F32
}
