//! A recurrent layer whose product with the hidden state is layer-normalised, in one operation; see
//! [`recurrence::Normalized`].
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
use burn::backend::{
    Autodiff, Backend, Dispatch, ExtensionType, Flex, TensorMetadata, backend_extension,
};
use std::sync::Arc;

use burn::tensor::{DType, Tensor};
use recurrence::{MemoryRead, Normalized, NormalizedTrace};

use crate::cpu_backends::HostMemory;
use crate::operation::has_kernel;
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
    let operands = NormalizedOperands {
        sums: sums.values().clone().into_dispatch(),
        recurrent_weight: recurrent_weight.into_dispatch(),
        scale: scale.into_dispatch(),
        shift: shift.into_dispatch(),
        candidate_bias: candidate_bias.unwrap_or_else(none).into_dispatch(),
        memory_scale: memory_scale.into_dispatch(),
        memory_shift: memory_shift.into_dispatch(),
        h0: initial.hidden.into_dispatch(),
        m0: m0.into_dispatch(),
        probe: probe.into_dispatch(),
    };
    let (cell, lengths) = (cell.clone(), sums.lengths().to_vec());
    let call = Call { cell, lengths, read, epsilon: weights.epsilon as f32 };
    Some(Tensor::from_dispatch(Dispatch::normalized_sequence(operands, call)))
}

/// The tensors that go in, as [`Normalized`] has them; what a cell does not have is empty.
#[derive(Debug, Clone, ExtensionType)]
pub(crate) struct NormalizedOperands<B: Backend> {
    pub sums: FloatTensor<B>,
    pub recurrent_weight: FloatTensor<B>,
    pub scale: FloatTensor<B>,
    pub shift: FloatTensor<B>,
    pub candidate_bias: FloatTensor<B>,
    pub memory_scale: FloatTensor<B>,
    pub memory_shift: FloatTensor<B>,
    pub h0: FloatTensor<B>,
    pub m0: FloatTensor<B>,
    pub probe: FloatTensor<B>,
}

impl<B: Backend> NormalizedOperands<B> {
    fn into_array(self) -> [FloatTensor<B>; OPERANDS] {
        let Self { sums, recurrent_weight, scale, shift, candidate_bias, .. } = self;
        let Self { memory_scale, memory_shift, h0, m0, probe, .. } = self;
        [
            sums,
            recurrent_weight,
            scale,
            shift,
            candidate_bias,
            memory_scale,
            memory_shift,
            h0,
            m0,
            probe,
        ]
    }
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

/// Backends that have it as one operation; [`normalized_sequence`] asks first.
#[backend_extension(Flex, NdArray: cfg(feature = "ndarray"), Autodiff)]
pub(crate) trait NormalizedOps: Backend {
    /// Of elements of type `f32`.
    fn normalized_sequence(
        #[extension_type] operands: NormalizedOperands<Self>,
        call: Call,
    ) -> FloatTensor<Self>;
}

impl NormalizedOps for Flex {
    fn normalized_sequence(operands: NormalizedOperands<Self>, call: Call) -> FloatTensor<Self> {
        forward::<Self>(&operands.into_array(), &call).0
    }
}

#[cfg(feature = "ndarray")]
impl NormalizedOps for NdArray {
    fn normalized_sequence(operands: NormalizedOperands<Self>, call: Call) -> FloatTensor<Self> {
        forward::<Self>(&operands.into_array(), &call).0
    }
}

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

impl<B: HostMemory, C: CheckpointStrategy> NormalizedOps for Autodiff<B, C> {
    fn normalized_sequence(operands: NormalizedOperands<Self>, call: Call) -> FloatTensor<Self> {
        let parts = operands.into_array().map(FloatTensor::<Self>::into_parts);
        let mut guards = Vec::with_capacity(OPERANDS);
        let operands = parts.map(|(operand, guard)| {
            guards.push(guard);
            operand
        });
        let Ok(guards) = <[NodeGuard; OPERANDS]>::try_from(guards) else {
            unreachable!("one for each operand")
        };
        let (made, trace) = forward::<B>(&operands, &call);
        match Node.prepare::<C>(guards).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish((operands, call, Arc::new(trace)), made),
            OpsKind::UnTracked(node) => node.finish(made),
        }
    }
}

/// The backward pass.
#[derive(Debug)]
struct Node;

impl<B: HostMemory> Backward<B, OPERANDS> for Node {
    /// The trace is shared only because a state must be `Clone`: Burn runs it once.
    type State = ([FloatTensor<B>; OPERANDS], Call, Arc<NormalizedTrace>);

    fn backward(
        self,
        ops: Ops<Self::State, OPERANDS>,
        grads: &mut Gradients,
        _: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let (operands, call, trace) = ops.state;
        let trace = Arc::into_inner(trace).expect("saved for this one backward pass");
        let of = with::<B, _>(&operands, &call, |it| it.backward(trace, &B::elements(&gradient)));
        let device = gradient.device();
        let [[scale, shift], [memory_scale, memory_shift]] = [of.norm, of.memory_norm];
        let of = [
            of.sums,
            of.recurrent_weight,
            scale,
            shift,
            of.candidate_bias,
            memory_scale,
            memory_shift,
            of.h0,
            of.m0,
            of.hidden,
        ];
        for ((parent, elements), operand) in ops.parents.into_iter().zip(of).zip(operands) {
            if let Some(parent) = parent {
                let shape = operand.shape();
                grads.register::<B>(parent.id, B::tensor(elements, shape, &device));
            }
        }
    }
}
