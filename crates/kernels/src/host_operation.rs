//! An operation that the CPU backends compute on slices, as Burn's dispatch and its autodiff see it.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

/// All that [`host_operation`] names.
pub(crate) mod prelude {
    pub(crate) use std::sync::Arc;

    #[cfg(feature = "ndarray")]
    pub(crate) use burn::backend::NdArray;
    pub(crate) use burn::backend::autodiff::checkpoint::base::Checkpointer;
    pub(crate) use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
    pub(crate) use burn::backend::autodiff::grads::Gradients;
    pub(crate) use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
    pub(crate) use burn::backend::tensor::FloatTensor;
    pub(crate) use burn::backend::{
        Autodiff, Backend, Dispatch, Flex, TensorMetadata, backend_extension,
    };

    pub(crate) use super::host_operation;
    pub(crate) use crate::cpu_backends::HostMemory;
    pub(crate) use crate::operation::has_kernel;
}

/// Makes the trait `$ops` with the operation `$name` of some tensors and a `$call`, for the CPU backends and
/// with gradients. Where it stands there have to be
///
/// ```text
/// fn forward<B: HostMemory>(operands: &[FloatTensor<B>; N], call: &$call) -> (FloatTensor<B>, $saved)
/// fn backward<B: HostMemory>(operands: &[FloatTensor<B>; N], call: &$call, saved: $saved,
///     gradient: &[f32], wanted: [bool; N]) -> [Vec<f32>; N]
/// ```
///
/// of which the second gives the gradients of the operands, whatever it likes of those that are not wanted.
/// The caller asks [`has_kernel`](crate::operation::has_kernel) first.
macro_rules! host_operation {
    ($ops:ident::$name:ident([$($operand:ident),+ $(,)?; $count:literal], $call:ty) saves $saved:ty) => {
        /// Backends that have it as one operation, of elements of type `f32`.
        #[backend_extension(Flex, NdArray: cfg(feature = "ndarray"), Autodiff)]
        pub(crate) trait $ops: Backend {
            fn $name($($operand: FloatTensor<Self>,)+ call: $call) -> FloatTensor<Self>;
        }

        impl $ops for Flex {
            fn $name($($operand: FloatTensor<Self>,)+ call: $call) -> FloatTensor<Self> {
                forward::<Self>(&[$($operand),+], &call).0
            }
        }

        #[cfg(feature = "ndarray")]
        impl $ops for NdArray {
            fn $name($($operand: FloatTensor<Self>,)+ call: $call) -> FloatTensor<Self> {
                forward::<Self>(&[$($operand),+], &call).0
            }
        }

        impl<B: HostMemory, C: CheckpointStrategy> $ops for Autodiff<B, C> {
            fn $name($($operand: FloatTensor<Self>,)+ call: $call) -> FloatTensor<Self> {
                let mut guards = Vec::with_capacity($count);
                let operands = [$($operand),+].map(|operand| {
                    let (operand, guard) = operand.into_parts();
                    guards.push(guard);
                    operand
                });
                let Ok(guards) = <[NodeGuard; $count]>::try_from(guards) else {
                    unreachable!("one for each operand")
                };
                let (made, saved) = forward::<B>(&operands, &call);
                match Node.prepare::<C>(guards).compute_bound().stateful() {
                    OpsKind::Tracked(node) => node.finish((operands, call, Arc::new(saved)), made),
                    OpsKind::UnTracked(node) => node.finish(made),
                }
            }
        }

        /// The backward pass.
        #[derive(Debug)]
        struct Node;

        impl<B: HostMemory> Backward<B, $count> for Node {
            /// What is saved is shared only because a state must be `Clone`: Burn runs it once.
            type State = ([FloatTensor<B>; $count], $call, Arc<$saved>);

            fn backward(
                self,
                ops: Ops<Self::State, $count>,
                grads: &mut Gradients,
                _: &mut Checkpointer,
            ) {
                let gradient = grads.consume::<B>(&ops.node);
                let (operands, call, saved) = ops.state;
                let saved = Arc::into_inner(saved).expect("saved for this one backward pass");
                let wanted = ops.parents.each_ref().map(Option::is_some);
                let elements = B::elements(&gradient);
                let of = backward::<B>(&operands, &call, saved, &elements, wanted);
                let device = gradient.device();
                for ((parent, elements), operand) in ops.parents.into_iter().zip(of).zip(operands) {
                    if let Some(parent) = parent {
                        let gradient = B::tensor(elements, operand.shape(), &device);
                        grads.register::<B>(parent.id, gradient);
                    }
                }
            }
        }
    };
}

pub(crate) use host_operation;
