//! Layer normalisation, with the ReLU behind it, in one operation.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

#[cfg(feature = "ndarray")]
use burn::backend::NdArray;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::Tensor;
use dense::LayerNorm;

use crate::convolution::Activation;
use crate::cpu_backends::HostMemory;
use crate::operation::has_kernel;

/// a(γ ⊙ (x − μ) / √(σ² + ε) + β) along the last axis, σ² divided by the number of numbers. γ, β
/// `[width]`.
pub fn layer_norm<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
    activation: Activation,
) -> Tensor<D> {
    if has_kernel(&x) {
        let call = Call { epsilon: epsilon as f32, activation };
        let [x, scale, shift] = [x.into_dispatch(), scale.into_dispatch(), shift.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::layer_norm(x, scale, shift, call));
    }
    let (variance, mean) = x.clone().var_mean_bias(D - 1);
    let normed = (x - mean).div(variance.add_scalar(epsilon).sqrt());
    activation.of(normed * scale.unsqueeze() + shift.unsqueeze())
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call {
    epsilon: f32,
    activation: Activation,
}

/// Backends that have it as one operation; [`layer_norm`] asks first.
#[backend_extension(Flex, NdArray: cfg(feature = "ndarray"), Autodiff)]
pub(crate) trait LayerNormOps: Backend {
    /// Of elements of type `f32`.
    fn layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        call: Call,
    ) -> FloatTensor<Self>;
}

impl LayerNormOps for Flex {
    fn layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        call: Call,
    ) -> FloatTensor<Self> {
        forward::<Self>(&[x, scale, shift], call)
    }
}

#[cfg(feature = "ndarray")]
impl LayerNormOps for NdArray {
    fn layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        call: Call,
    ) -> FloatTensor<Self> {
        forward::<Self>(&[x, scale, shift], call)
    }
}

/// What `work` gives for the operands x, γ and β as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; 3],
    call: Call,
    work: impl FnOnce(LayerNorm) -> T,
) -> T {
    let [x, scale, shift] = operands.each_ref().map(B::elements);
    work(LayerNorm {
        width: scale.len(),
        epsilon: call.epsilon,
        relu: call.activation == Activation::Relu,
        threads: rayon::current_num_threads(),
        x: &x,
        scale: &scale,
        shift: &shift,
    })
}

fn forward<B: HostMemory>(operands: &[FloatTensor<B>; 3], call: Call) -> FloatTensor<B> {
    let made = with::<B, _>(operands, call, |it| it.forward());
    B::tensor(made, operands[0].shape(), &operands[0].device())
}

impl<B: HostMemory, C: CheckpointStrategy> LayerNormOps for Autodiff<B, C> {
    fn layer_norm(
        x: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        call: Call,
    ) -> FloatTensor<Self> {
        let parts = [x, scale, shift].map(FloatTensor::<Self>::into_parts);
        let [(x, of_x), (scale, of_scale), (shift, of_shift)] = parts;
        let operands = [x, scale, shift];
        let made = forward::<B>(&operands, call);
        match Node.prepare::<C>([of_x, of_scale, of_shift]).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish((operands, made.clone(), call), made),
            OpsKind::UnTracked(node) => node.finish(made),
        }
    }
}

/// The backward pass.
#[derive(Debug)]
struct Node;

impl<B: HostMemory> Backward<B, 3> for Node {
    type State = ([FloatTensor<B>; 3], FloatTensor<B>, Call);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let (operands, made, call) = ops.state;
        let gradients = with::<B, _>(&operands, call, |it| {
            it.backward(&B::elements(&made), &B::elements(&gradient))
        });
        let device = gradient.device();
        let of = [gradients.x, gradients.scale, gradients.shift];
        for ((parent, elements), operand) in ops.parents.into_iter().zip(of).zip(operands) {
            if let Some(parent) = parent {
                let shape = operand.shape();
                grads.register::<B>(parent.id, B::tensor(elements, shape, &device));
            }
        }
    }
}
