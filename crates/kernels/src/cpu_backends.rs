//! The CPU backends: their tensors as plain slices for [`recurrence`], and back.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use std::borrow::Cow;

#[cfg(feature = "ndarray")]
use burn::backend::NdArray;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata};
use burn::tensor::{Shape, TensorData};

use crate::operation::{Call, Operands, Outputs, RecurrentOps};
use recurrence::{Gradients, Inputs, Kernel, Problem, Saved, Upstream, Wanted};

/// A backend whose tensors lie in this process's memory.
pub(crate) trait HostMemory: Backend {
    /// The elements in row-major order, copied only if they do not lie so.
    fn elements(tensor: &FloatTensor<Self>) -> Cow<'_, [f32]>;

    /// A tensor of these elements.
    fn tensor(
        elements: Vec<f32>,
        shape: impl Into<Shape>,
        device: &Self::Device,
    ) -> FloatTensor<Self> {
        Self::float_from_data(TensorData::new(elements, shape), device)
    }
}

impl HostMemory for Flex {
    fn elements(tensor: &FloatTensor<Self>) -> Cow<'_, [f32]> {
        match tensor.as_slice() {
            Some(elements) => Cow::Borrowed(elements),
            None => Cow::Owned(tensor.to_contiguous().storage().to_vec()),
        }
    }
}

#[cfg(feature = "ndarray")]
impl HostMemory for NdArray {
    fn elements(tensor: &FloatTensor<Self>) -> Cow<'_, [f32]> {
        let FloatTensor::<Self>::F32(storage) = tensor else {
            panic!("{:?} elements where f32 was checked", tensor.dtype());
        };
        let view = storage.view();
        match view.to_slice() {
            Some(elements) => Cow::Borrowed(elements),
            None => Cow::Owned(view.iter().copied().collect()),
        }
    }
}

impl RecurrentOps for Flex {
    fn recurrent_sequence(operands: Operands<Self>, call: Call) -> Outputs<Self> {
        forward(&operands, &call, false).0
    }
}

#[cfg(feature = "ndarray")]
impl RecurrentOps for NdArray {
    fn recurrent_sequence(operands: Operands<Self>, call: Call) -> Outputs<Self> {
        forward(&operands, &call, false).0
    }
}

/// The outputs, and with `save` what [`backward`] needs beside the operands.
pub(crate) fn forward<B: HostMemory>(
    operands: &Operands<B>,
    call: &Call,
    save: bool,
) -> (Outputs<B>, Option<Saved>) {
    let host = Host::new(operands);
    let problem = problem(operands, call);
    let Problem { batch, steps, hidden, .. } = problem;
    let shape = call.cell.shape();
    let shapes =
        [vec![batch, steps, hidden], vec![batch, hidden], vec![batch, shape.memory * hidden]];
    let [mut all, mut last, mut memory] =
        shapes.each_ref().map(|shape| vec![0.0; shape.iter().product()]);
    let outputs =
        recurrence::Outputs { hidden: &mut all, last_hidden: &mut last, last_memory: &mut memory };
    let saved = recurrence::forward(&problem, &host.inputs(), outputs, save || call.gates);
    let (gates, shape_of_gates) = match &saved {
        Some(saved) if call.gates => (saved.gates(&problem), [batch, steps, shape.gates * hidden]),
        _ => (vec![], [0; 3]),
    };
    let device = operands.x.device();
    let [of_all, of_last, of_memory] = shapes;
    let outputs = Outputs {
        hidden: B::tensor(all, of_all, &device),
        last_hidden: B::tensor(last, of_last, &device),
        last_memory: B::tensor(memory, of_memory, &device),
        gates: B::tensor(gates, shape_of_gates, &device),
    };
    (outputs, saved)
}

/// The gradients by the outputs that the loss depends on.
#[derive(Debug, Clone)]
pub(crate) struct Above<B: Backend> {
    pub hidden: Option<FloatTensor<B>>,
    pub last_hidden: Option<FloatTensor<B>>,
    pub last_memory: Option<FloatTensor<B>>,
}

impl<B: Backend> Above<B> {
    pub(crate) fn none() -> Self {
        Self { hidden: None, last_hidden: None, last_memory: None }
    }
}

/// The gradients of all operands; those of `x`, which is often data, and of the probe only if
/// `wanted`.
pub(crate) fn backward<B: HostMemory>(
    operands: &Operands<B>,
    call: &Call,
    saved: Saved,
    above: &Above<B>,
    wanted: Wanted,
) -> Gradients {
    let host = Host::new(operands);
    let Above { hidden, last_hidden, last_memory } = above;
    let [hidden, last_hidden, last_memory] = [hidden, last_hidden, last_memory]
        .map(|gradient| gradient.as_ref().map(B::elements).unwrap_or_default());
    let upstream =
        Upstream { hidden: &hidden, last_hidden: &last_hidden, last_memory: &last_memory };
    recurrence::backward(&problem(operands, call), &host.inputs(), saved, upstream, wanted)
}

fn problem<'a, B: HostMemory>(operands: &Operands<B>, call: &'a Call) -> Problem<'a> {
    let x = operands.x.shape();
    Problem {
        cell: &*call.cell as &dyn Kernel,
        batch: x[0],
        steps: x[1],
        input: x[2],
        hidden: operands.h0.shape()[1],
        lengths: call.lengths.as_deref(),
        reverse: call.reverse,
        threads: rayon::current_num_threads(),
    }
}

/// All operands as slices, but the probe, which counts as zero.
struct Host<'a>([Cow<'a, [f32]>; 8]);

impl<'a> Host<'a> {
    fn new<B: HostMemory>(operands: &'a Operands<B>) -> Self {
        let Operands { x, input_weight, recurrent_weight, bias, .. } = operands;
        let Operands { candidate_bias, parameters, h0, c0, .. } = operands;
        let all = [x, input_weight, recurrent_weight, bias, candidate_bias, parameters, h0, c0];
        Self(all.map(B::elements))
    }

    fn inputs(&self) -> Inputs<'_> {
        let [x, input_weight, recurrent_weight, bias, candidate_bias, parameters, h0, c0] = &self.0;
        Inputs { x, input_weight, recurrent_weight, bias, candidate_bias, parameters, h0, c0 }
    }
}
