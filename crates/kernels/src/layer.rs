//! What goes into a recurrent layer and what comes out, whichever way it is computed.

use burn::tensor::Tensor;

use crate::padded::Padded;
use crate::probe::Probe;
use crate::state::State;
use crate::tensors::CellKernel;
use recurrence::{Candidate, Shape};

/// Weights of a recurrent layer; those of the gates lie side by side.
#[derive(Debug, Clone)]
pub struct Weights {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Tensor<2>,
    /// R, `[hidden, gates·hidden]`; of a cell without there is none.
    pub recurrent_weight: Option<Tensor<2>>,
    /// b, `[gates·hidden]`.
    pub bias: Tensor<1>,
    /// c, `[hidden]`, of a cell whose candidate's product is kept apart; no other has it.
    pub candidate_bias: Option<Tensor<1>>,
    /// The weights of the cell's own, such as peepholes, side by side, `[parameters·hidden]`;
    /// of a cell without any there are none.
    pub parameters: Option<Tensor<1>>,
}

/// How a layer runs over a batch; by default from the first step and the zero state.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Reads each sequence from its last valid step to its first.
    pub reverse: bool,
    /// State before the first step that is read; `None` is zero.
    pub initial: Option<State>,
    /// Reads the gradients inside, and has [`RunOutput::gates`] come out.
    pub probe: Option<Probe>,
}

/// What comes of a run.
#[derive(Debug, Clone)]
pub struct RunOutput {
    /// The hidden state at each step of each sequence in its own order, zero at padding,
    /// `[batch, steps, hidden]`.
    pub hidden: Tensor<3>,
    /// The state after the last step read of each sequence.
    pub last: State,
    /// The gates at each step after their nonlinearity, side by side as in the weights, zero
    /// at padding and without gradient, `[batch, steps, gates·hidden]`; `None` of a run
    /// without a probe. The only gate of a vanilla layer is its new hidden state.
    pub gates: Option<Tensor<3>>,
}

/// The initial state, zero if none is given; fails unless all shapes and types are those
/// that both ways of computing rely on.
pub(crate) fn checked(cell: &dyn CellKernel, x: &Padded, weights: &Weights, run: &Run) -> State {
    let Shape { gates, memory, recurrent, candidate, parameters, .. } = cell.shape();
    let [batch, steps, input] = x.values().dims();
    let [width] = weights.bias.dims();
    let hidden = width / gates;
    assert!(hidden > 0, "a state of no numbers");
    assert_eq!(width, gates * hidden, "the blocks of the gates");
    let of_hidden = weights.recurrent_weight.as_ref().map(Tensor::dims);
    assert_eq!(of_hidden, recurrent.then_some([hidden, width]), "shape of R");
    assert_eq!(weights.input_weight.dims(), [input, width], "shape of W");
    let candidate_bias = weights.candidate_bias.as_ref().map(Tensor::dims);
    let apart = candidate == Candidate::Apart;
    assert_eq!(candidate_bias, apart.then_some([hidden]), "c is of a candidate kept apart");
    let own = weights.parameters.as_ref().map(Tensor::dims);
    assert_eq!(own, (parameters > 0).then_some([parameters * hidden]), "the cell's own weights");

    let float = x.values().dtype();
    let zero = || State::zero([batch, hidden], memory, (&x.device(), float));
    let initial = run.initial.clone().unwrap_or_else(zero);
    assert_eq!(initial.hidden.dims(), [batch, hidden], "shape of the initial hidden state");
    assert_eq!(initial.memory.len(), memory, "vectors of the initial memory");
    for memory in &initial.memory {
        assert_eq!(memory.dims(), [batch, hidden], "shape of the initial memory");
    }
    let probe = run.probe.as_ref().map_or([batch, steps, hidden], |probe| probe.zeros().dims());
    assert_eq!(probe, [batch, steps, hidden], "shape of the probe");

    let matrices = [&weights.input_weight, &initial.hidden].into_iter();
    let matrices = matrices.chain(&weights.recurrent_weight).chain(&initial.memory);
    let matrices = matrices.map(Tensor::dtype);
    let vectors = [&weights.bias].into_iter().chain(&weights.candidate_bias);
    let vectors = vectors.chain(&weights.parameters).map(Tensor::dtype);
    assert!(matrices.chain(vectors).all(|dtype| dtype == float), "all of the type of x");
    initial
}
