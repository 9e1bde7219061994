//! A gradient that enters the graph from above, as `torch.autograd.grad(h, inputs, g)` and
//! JAX's `vjp` let it. Burn can start at a value only with ones; multiplying and summing to
//! get there would be timed as if the layer had done it.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients as NodeGradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps as _;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Device, FloatDType, Gradients, Shape, Tensor};

#[backend_extension(Flex, Autodiff)]
trait Upstream: Backend {
    /// One zero, `[1]`, whose gradient by `hidden` is `gradient`.
    fn upstream(hidden: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl Upstream for Flex {
    fn upstream(hidden: FloatTensor<Self>, _: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_zeros(Shape::new([1]), &hidden.device(), FloatDType::F32)
    }
}

#[derive(Debug)]
struct Inject;

impl<B: Backend> Backward<B, 1> for Inject {
    type State = FloatTensor<B>;

    fn backward(
        self,
        ops: Ops<FloatTensor<B>, 1>,
        grads: &mut NodeGradients,
        _: &mut Checkpointer,
    ) {
        grads.consume::<B>(&ops.node);
        if let [Some(parent)] = ops.parents {
            grads.register::<B>(parent.id, ops.state);
        }
    }
}

impl<B: Upstream, C: CheckpointStrategy> Upstream for Autodiff<B, C> {
    fn upstream(hidden: FloatTensor<Self>, gradient: FloatTensor<Self>) -> FloatTensor<Self> {
        let (hidden, node) = hidden.into_parts();
        let (gradient, _) = gradient.into_parts();
        let zero = B::upstream(hidden, gradient.clone());
        match Inject.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(node) => node.finish(gradient, zero),
            OpsKind::UnTracked(node) => node.finish(zero),
        }
    }
}

/// All gradients of a loss whose gradient by `hidden` is `gradient`; both of one shape, on
/// the flex backend with autodiff.
pub(crate) fn backward_from(hidden: Tensor<3>, gradient: Tensor<3>) -> Gradients {
    let zero = Dispatch::upstream(hidden.into_dispatch(), gradient.into_dispatch());
    Tensor::<1>::from_dispatch(zero).backward()
}

/// The device on which everything is measured, with autodiff or without.
pub(crate) fn device(autodiff: bool) -> Device {
    if autodiff { Device::flex().autodiff() } else { Device::flex() }
}
