//! The operation as one node of the autodiff graph.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};

use crate::cpu_backends::{HostMemory, backward, forward};
use crate::operation::{Call, Operands, Outputs, RecurrentOps};
use recurrence::{Gradients, Saved, Wanted};

const OPERANDS: usize = 8;

impl<B: HostMemory, C: CheckpointStrategy> RecurrentOps for Autodiff<B, C> {
    fn recurrent_sequence(operands: Operands<Self>, call: Call) -> Outputs<Self> {
        let (operands, guards) = take_apart(operands);
        let (packed, gates) = match WholeSequence.prepare::<C>(guards).compute_bound().stateful() {
            OpsKind::Tracked(node) => {
                let (Outputs { packed, gates }, saved) = forward(&operands, &call, true);
                let tape = Tape { operands, call, saved: saved.map(Arc::new) };
                (node.finish(tape, packed), gates)
            }
            OpsKind::UnTracked(node) => {
                let (Outputs { packed, gates }, _) = forward(&operands, &call, false);
                (node.finish(packed), gates)
            }
        };
        Outputs { packed, gates: Self::from_inner(gates) }
    }
}

/// The backward pass.
#[derive(Debug)]
struct WholeSequence;

/// What the forward pass leaves for the backward pass.
#[derive(Debug, Clone)]
struct Tape<B: HostMemory> {
    operands: Operands<B>,
    call: Call,
    /// Shared only because a state must be `Clone`: Burn runs it once.
    saved: Option<Arc<Saved>>,
}

impl<B: HostMemory> Backward<B, OPERANDS> for WholeSequence {
    type State = Tape<B>;

    fn backward(
        self,
        ops: Ops<Tape<B>, OPERANDS>,
        grads: &mut grads::Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let of_output = grads.consume::<B>(&ops.node);
        let Tape { operands, call, saved } = ops.state;
        let saved = saved.and_then(Arc::into_inner).expect("saved for this one backward pass");
        let [x, .., probe] = &ops.parents;
        let wanted = Wanted { x: x.is_some(), hidden: probe.is_some() };
        let gradients = backward(&operands, &call, saved, &of_output, wanted);
        let Gradients { x, hidden, input_weight, recurrent_weight, bias, candidate_bias, h0, c0 } =
            gradients;
        let device = operands.x.device();
        let of_operands = [
            (x, operands.x.shape()),
            (input_weight, operands.input_weight.shape()),
            (recurrent_weight, operands.recurrent_weight.shape()),
            (bias, operands.bias.shape()),
            (candidate_bias, operands.candidate_bias.shape()),
            (h0, operands.h0.shape()),
            (c0, operands.c0.shape()),
            (hidden, operands.probe.shape()),
        ];
        for (parent, (gradient, shape)) in ops.parents.into_iter().zip(of_operands) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, B::tensor(gradient, shape, &device));
            }
        }
    }
}

/// The operands on the inner backend, and their nodes in the same order.
fn take_apart<B: HostMemory, C: CheckpointStrategy>(
    operands: Operands<Autodiff<B, C>>,
) -> (Operands<B>, [NodeGuard; OPERANDS]) {
    let (x, x_node) = operands.x.into_parts();
    let (input_weight, input_weight_node) = operands.input_weight.into_parts();
    let (recurrent_weight, recurrent_weight_node) = operands.recurrent_weight.into_parts();
    let (bias, bias_node) = operands.bias.into_parts();
    let (candidate_bias, candidate_bias_node) = operands.candidate_bias.into_parts();
    let (h0, h0_node) = operands.h0.into_parts();
    let (c0, c0_node) = operands.c0.into_parts();
    let (probe, probe_node) = operands.probe.into_parts();
    (
        Operands { x, input_weight, recurrent_weight, bias, candidate_bias, h0, c0, probe },
        [
            x_node,
            input_weight_node,
            recurrent_weight_node,
            bias_node,
            candidate_bias_node,
            h0_node,
            c0_node,
            probe_node,
        ],
    )
}
