//! The operation in the autodiff graph.
//!
//! A node of the graph has one output, and a layer has three. So the node that computes gives
//! out a token without meaning, and each output is a node that depends on the token: its
//! backward pass leaves its gradient with the computing node, whose own comes after those of
//! all that depend on it ([why](../../../docs/design/why-a-node-for-each-output.md)).

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};

use crate::cpu_backends::{Above, HostMemory, backward, forward};
use crate::operation::{Call, Operands, Outputs, RecurrentOps};
use recurrence::{Gradients, Saved, Wanted};

const OPERANDS: usize = 9;

impl<B: HostMemory, C: CheckpointStrategy> RecurrentOps for Autodiff<B, C> {
    fn recurrent_sequence(operands: Operands<Self>, call: Call) -> Outputs<Self> {
        let (operands, guards) = take_apart(operands);
        match WholeSequence.prepare::<C>(guards).compute_bound().stateful() {
            OpsKind::Tracked(node) => {
                let device = operands.x.device();
                let (outputs, saved) = forward(&operands, &call, true);
                let inbox = Inbox::default();
                let saved = saved.map(Arc::new);
                let tape = Tape { operands, call, saved, inbox: inbox.clone() };
                let token = node.finish(tape, token::<B>(&device));
                let output = |index, output| give_out::<B, C>(&token, &inbox, index, output);
                Outputs {
                    hidden: output(Output::Hidden, outputs.hidden),
                    last_hidden: output(Output::LastHidden, outputs.last_hidden),
                    last_memory: output(Output::LastMemory, outputs.last_memory),
                    gates: Self::from_inner(outputs.gates),
                }
            }
            OpsKind::UnTracked(_) => {
                let (outputs, _) = forward(&operands, &call, false);
                Outputs {
                    hidden: Self::from_inner(outputs.hidden),
                    last_hidden: Self::from_inner(outputs.last_hidden),
                    last_memory: Self::from_inner(outputs.last_memory),
                    gates: Self::from_inner(outputs.gates),
                }
            }
        }
    }
}

/// The value of a token, and its gradient.
fn token<B: HostMemory>(device: &B::Device) -> FloatTensor<B> {
    B::tensor(vec![0.0], [1], device)
}

/// Outputs that gradients come from.
#[derive(Debug, Clone, Copy)]
enum Output {
    Hidden,
    LastHidden,
    LastMemory,
}

/// The gradients that have come so far.
#[derive(Debug, Clone)]
struct Inbox<B: HostMemory>(Arc<Mutex<Above<B>>>);

impl<B: HostMemory> Default for Inbox<B> {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Above::none())))
    }
}

impl<B: HostMemory> Inbox<B> {
    fn put(&self, output: Output, gradient: FloatTensor<B>) {
        let mut above = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = match output {
            Output::Hidden => &mut above.hidden,
            Output::LastHidden => &mut above.last_hidden,
            Output::LastMemory => &mut above.last_memory,
        };
        *place = Some(gradient);
    }

    fn take(&self) -> Above<B> {
        let mut above = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *above, Above::none())
    }
}

/// An output that depends on the token.
fn give_out<B: HostMemory, C: CheckpointStrategy>(
    token: &FloatTensor<Autodiff<B, C>>,
    inbox: &Inbox<B>,
    output: Output,
    value: FloatTensor<B>,
) -> FloatTensor<Autodiff<B, C>> {
    let (_, guard) = token.clone().into_parts();
    match GivenOut.prepare::<C>([guard]).compute_bound().stateful() {
        OpsKind::Tracked(node) => node.finish((inbox.clone(), output), value),
        OpsKind::UnTracked(node) => node.finish(value),
    }
}

/// The backward pass of an output: passes its gradient on.
#[derive(Debug)]
struct GivenOut;

impl<B: HostMemory> Backward<B, 1> for GivenOut {
    type State = (Inbox<B>, Output);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut grads::Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let device = gradient.device();
        let (inbox, output) = ops.state;
        inbox.put(output, gradient);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<B>(parent.id, token::<B>(&device));
        }
    }
}

/// The backward pass of the layer.
#[derive(Debug)]
struct WholeSequence;

/// What the forward pass leaves for the backward pass.
#[derive(Debug, Clone)]
struct Tape<B: HostMemory> {
    operands: Operands<B>,
    call: Call,
    /// Shared only because a state must be `Clone`: Burn runs it once.
    saved: Option<Arc<Saved>>,
    inbox: Inbox<B>,
}

impl<B: HostMemory> Backward<B, OPERANDS> for WholeSequence {
    type State = Tape<B>;

    fn backward(
        self,
        ops: Ops<Tape<B>, OPERANDS>,
        grads: &mut grads::Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let _token = grads.consume::<B>(&ops.node);
        let Tape { operands, call, saved, inbox } = ops.state;
        let saved = saved.and_then(Arc::into_inner).expect("saved for this one backward pass");
        let [x, _, _, _, _, _, h0, c0, probe] = &ops.parents;
        let wanted = Wanted {
            x: x.is_some(),
            hidden: probe.is_some(),
            initial: h0.is_some() || c0.is_some(),
        };
        let gradients = backward(&operands, &call, saved, &inbox.take(), wanted);
        let Gradients { x, hidden, input_weight, recurrent_weight, bias, .. } = gradients;
        let Gradients { candidate_bias, parameters, h0, c0, .. } = gradients;
        let device = operands.x.device();
        let of_operands = [
            (x, operands.x.shape()),
            (input_weight, operands.input_weight.shape()),
            (recurrent_weight, operands.recurrent_weight.shape()),
            (bias, operands.bias.shape()),
            (candidate_bias, operands.candidate_bias.shape()),
            (parameters, operands.parameters.shape()),
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
    let (parameters, parameters_node) = operands.parameters.into_parts();
    let (h0, h0_node) = operands.h0.into_parts();
    let (c0, c0_node) = operands.c0.into_parts();
    let (probe, probe_node) = operands.probe.into_parts();
    (
        Operands {
            x,
            input_weight,
            recurrent_weight,
            bias,
            candidate_bias,
            parameters,
            h0,
            c0,
            probe,
        },
        [
            x_node,
            input_weight_node,
            recurrent_weight_node,
            bias_node,
            candidate_bias_node,
            parameters_node,
            h0_node,
            c0_node,
            probe_node,
        ],
    )
}
