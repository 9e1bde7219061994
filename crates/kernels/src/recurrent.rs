//! A recurrent layer over a whole padded batch, in one differentiable operation.

use std::sync::Arc;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};

use crate::layer::{Run, RunOutput, Weights, checked};
use crate::operation::{Call, Operands, Outputs, RecurrentOps, has_kernel};
use crate::padded::Padded;
use crate::probe::Probe;
use crate::reference;
use crate::state::State;
use crate::tensors::CellKernel;

/// Runs a layer over every sequence of `x`, `[batch, steps, input]`.
///
/// Differentiable in `x`, the weights and the initial state, through every output. On `Flex`
/// and `NdArray` it is one operation of the autodiff graph; on other backends, and for elements
/// other than `f32`, it is composed of the backend's own operations.
///
/// # Panics
/// If shapes or float types do not fit together, or a part is given that `cell` does not
/// have, or is not given that it has: a caller's mistake, never a user's.
pub fn recurrent_sequence(
    cell: &Arc<dyn CellKernel>,
    x: &Padded,
    weights: &Weights,
    run: Run,
) -> RunOutput {
    if !has_kernel(x.values()) {
        return reference::recurrent_sequence(cell, x, weights, run);
    }
    let initial = checked(&**cell, x, weights, &run);
    let Run { reverse, probe, .. } = run;
    let lengths = x.is_ragged().then(|| x.lengths().to_vec());
    let call = Call { cell: cell.clone(), lengths, reverse, gates: probe.is_some() };
    let operands = operands(x, weights, initial, probe.as_ref());
    let outputs = Dispatch::recurrent_sequence(operands, call);
    let Outputs { hidden, last_hidden, last_memory, gates } = outputs;
    RunOutput {
        hidden: Tensor::from_dispatch(hidden),
        last: State {
            hidden: Tensor::from_dispatch(last_hidden),
            memory: match cell.shape().memory {
                0 => vec![],
                memory => Tensor::<2>::from_dispatch(last_memory).chunk(memory, 1),
            },
        },
        gates: probe.map(|_| Tensor::from_dispatch(gates)),
    }
}

/// All tensors that go in; empty where a part is not there.
fn operands(
    x: &Padded,
    weights: &Weights,
    initial: State,
    probe: Option<&Probe>,
) -> Operands<Dispatch> {
    let Weights { input_weight, recurrent_weight, bias, candidate_bias, parameters } =
        weights.clone();
    let float = (&x.device(), DType::F32);
    let recurrent_weight = recurrent_weight.unwrap_or_else(|| Tensor::zeros([0, 0], float));
    let candidate_bias = candidate_bias.unwrap_or_else(|| Tensor::zeros([0], float));
    let parameters = parameters.unwrap_or_else(|| Tensor::zeros([0], float));
    let c0 = if initial.memory.is_empty() {
        Tensor::zeros([0, 0], float)
    } else {
        Tensor::cat(initial.memory, 1)
    };
    let no_probe = || Tensor::zeros([0, 0, 0], float);
    let probe = probe.map_or_else(no_probe, |probe| probe.zeros().clone());
    Operands {
        x: x.values().clone().into_dispatch(),
        input_weight: input_weight.into_dispatch(),
        recurrent_weight: recurrent_weight.into_dispatch(),
        bias: bias.into_dispatch(),
        candidate_bias: candidate_bias.into_dispatch(),
        parameters: parameters.into_dispatch(),
        h0: initial.hidden.into_dispatch(),
        c0: c0.into_dispatch(),
        probe: probe.into_dispatch(),
    }
}
