//! A recurrent layer whose product with the hidden state is layer-normalised, in one operation; see
//! [`recurrence::Normalized`].
#![expect(clippy::too_many_arguments, reason = "one for each operand of the operation")]
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

#[cfg(feature = "ndarray")]
use burn::backend::NdArray;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{DType, Tensor};
use recurrence::{MemoryRead, Normalized, NormalizedTrace};

use crate::host_operation::prelude::*;
use crate::padded::Padded;
use crate::state::State;
use crate::tensors::CellKernel;

/// Weights of such a layer; those of the gates lie side by side.
#[derive(Debug, Clone)]
pub struct NormalizedWeights {
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: Tensor<2>,
    /// Scale and shift of LN(R h), `[gates·hidden]` each.
    pub norm: [Tensor<1>; 2],
    /// c, `[hidden]`, of a cell whose candidate's product is kept apart; no other has it.
    pub candidate_bias: Option<Tensor<1>>,
    /// How the memory is read, and scale and shift of LN(c'), `[hidden]` each, where it is normalised.
    pub memory: Option<(MemoryRead, [Tensor<1>; 2])>,
    /// ε
    pub epsilon: f64,
}

/// h and the memory at each step, side by side, `[batch, steps, (1 + memory)·hidden]`, zero at padding,
/// read forward from W x + b at each step, `[batch, steps, gates·hidden]`; `None` where there is no such
/// operation: on other backends, and of a cell with weights of its own. A `probe` counts as added to h.
pub fn normalized_sequence(
    cell: &Arc<dyn CellKernel>,
    sums: &Padded,
    weights: &NormalizedWeights,
    initial: State,
    probe: Option<Tensor<3>>,
) -> Option<Tensor<3>> {
    if cell.shape().parameters > 0 || !has_kernel(sums.values()) {
        return None;
    }
    let float = (&sums.device(), DType::F32);
    let none = || Tensor::<1>::zeros([0], float);
    let NormalizedWeights { recurrent_weight, norm: [scale, shift], candidate_bias, .. } =
        weights.clone();
    let read = weights.memory.as_ref().map(|(read, _)| *read);
    let [memory_scale, memory_shift] =
        weights.memory.clone().map_or_else(|| [none(), none()], |(_, norm)| norm);
    let m0 = if initial.memory.is_empty() {
        Tensor::zeros([0, 0], float)
    } else {
        Tensor::cat(initial.memory, 1)
    };
    let probe = probe.unwrap_or_else(|| Tensor::zeros([0, 0, 0], float));
    let [candidate_bias, memory_scale, memory_shift] =
        [candidate_bias.unwrap_or_else(none), memory_scale, memory_shift]
            .map(Tensor::into_dispatch);
    let (cell, lengths) = (cell.clone(), sums.lengths().to_vec());
    let call = Call { cell, lengths, read, epsilon: weights.epsilon as f32 };
    Some(Tensor::from_dispatch(Dispatch::normalized_sequence(
        sums.values().clone().into_dispatch(),
        recurrent_weight.into_dispatch(),
        scale.into_dispatch(),
        shift.into_dispatch(),
        candidate_bias,
        memory_scale,
        memory_shift,
        initial.hidden.into_dispatch(),
        m0.into_dispatch(),
        probe.into_dispatch(),
        call,
    )))
}

const OPERANDS: usize = 10;

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    cell: Arc<dyn CellKernel>,
    lengths: Vec<usize>,
    read: Option<MemoryRead>,
    epsilon: f32,
}

host_operation!(
    NormalizedOps::normalized_sequence(
        [
            sums, recurrent_weight, scale, shift, candidate_bias, memory_scale, memory_shift, h0, m0,
            probe; 10
        ],
        Call
    ) saves NormalizedTrace
);

/// What `work` gives for the operands as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; OPERANDS],
    call: &Call,
    work: impl FnOnce(Normalized) -> T,
) -> T {
    let (shape, state) = (operands[0].shape(), operands[7].shape());
    let [sums, recurrent_weight, scale, shift, candidate_bias, rest @ ..] =
        operands.each_ref().map(B::elements);
    let [memory_scale, memory_shift, h0, m0, _] = rest;
    work(Normalized {
        cell: &*call.cell,
        batch: shape[0],
        steps: shape[1],
        hidden: state[1],
        lengths: &call.lengths,
        threads: rayon::current_num_threads(),
        epsilon: call.epsilon,
        read: call.read,
        sums: &sums,
        recurrent_weight: &recurrent_weight,
        norm: [&scale, &shift],
        candidate_bias: &candidate_bias,
        memory_norm: [&memory_scale, &memory_shift],
        h0: &h0,
        m0: &m0,
    })
}

fn forward<B: HostMemory>(
    operands: &[FloatTensor<B>; OPERANDS],
    call: &Call,
) -> (FloatTensor<B>, NormalizedTrace) {
    let (sums, state) = (operands[0].shape(), operands[7].shape());
    let (made, trace) = with::<B, _>(operands, call, |it| it.forward());
    let width = (1 + call.cell.shape().memory) * state[1];
    (B::tensor(made, [sums[0], sums[1], width], &operands[0].device()), trace)
}

fn backward<B: HostMemory>(
    operands: &[FloatTensor<B>; OPERANDS],
    call: &Call,
    trace: NormalizedTrace,
    gradient: &[f32],
    _wanted: [bool; OPERANDS],
) -> [Vec<f32>; OPERANDS] {
    let of = with::<B, _>(operands, call, |it| it.backward(trace, gradient));
    let [[scale, shift], [memory_scale, memory_shift]] = [of.norm, of.memory_norm];
    let (sums, weight, bias) = (of.sums, of.recurrent_weight, of.candidate_bias);
    [sums, weight, scale, shift, bias, memory_scale, memory_shift, of.h0, of.m0, of.hidden]
}
