//! What goes into a recurrent layer and what comes out, whichever way it is computed.

use burn::tensor::Tensor;

use crate::padded::Padded;
use crate::probe::Probe;
use recurrence::CellKind;

/// Weights of a recurrent layer; those of the gates lie side by side.
#[derive(Debug, Clone)]
pub struct Weights {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Tensor<2>,
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: Tensor<2>,
    /// b, `[gates·hidden]`.
    pub bias: Tensor<1>,
    /// c of the GRU with the reset after the product, `[hidden]`; no other kind has it.
    pub candidate_bias: Option<Tensor<1>>,
}

/// State before the first step that is read.
#[derive(Debug, Clone)]
pub struct Initial {
    /// h, `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// c of the LSTM, `[batch, hidden]`; no other kind has it.
    pub cell: Option<Tensor<2>>,
}

/// How a layer runs over a batch; by default from the first step and the zero state.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// Reads each sequence from its last valid step to its first.
    pub reverse: bool,
    /// State before the first step that is read; `None` is zero.
    pub initial: Option<Initial>,
    /// Reads the gradients inside, and has [`RunOutput::gates`] come out.
    pub probe: Option<Probe>,
}

/// What comes of a run.
#[derive(Debug, Clone)]
pub struct RunOutput {
    /// The hidden state at each step of each sequence in its own order, zero at padding,
    /// `[batch, steps, hidden]`.
    pub hidden: Tensor<3>,
    /// The hidden state after the last step read of each sequence, `[batch, hidden]`.
    pub last_hidden: Tensor<2>,
    /// The LSTM's cell after the last step read of each sequence, `[batch, hidden]`; `None`
    /// for the other kinds.
    pub last_cell: Option<Tensor<2>>,
    /// The gates at each step after their nonlinearity, side by side as in the weights, zero
    /// at padding and without gradient, `[batch, steps, gates·hidden]`; `None` of a run
    /// without a probe. The only gate of a vanilla layer is its new hidden state.
    pub gates: Option<Tensor<3>>,
}

/// The initial state, zero if none is given; fails unless all shapes and types are those
/// that both ways of computing rely on.
pub(crate) fn checked(kind: CellKind, x: &Padded, weights: &Weights, run: &Run) -> Initial {
    let [batch, steps, input] = x.values().dims();
    let [hidden, width] = weights.recurrent_weight.dims();
    assert!(hidden > 0, "a state of no numbers");
    assert_eq!(width, kind.gates() * hidden, "columns of R");
    assert_eq!(weights.input_weight.dims(), [input, width], "shape of W");
    assert_eq!(weights.bias.dims(), [width], "shape of b");
    let candidate_bias = weights.candidate_bias.as_ref().map(Tensor::dims);
    assert_eq!(candidate_bias, (kind == CellKind::Gru).then_some([hidden]), "c is the GRU's");

    let float = x.values().dtype();
    let is_lstm = kind == CellKind::Lstm;
    let zero = || {
        let zero = Tensor::zeros([batch, hidden], (&x.device(), float));
        Initial { cell: is_lstm.then(|| zero.clone()), hidden: zero }
    };
    let initial = run.initial.clone().unwrap_or_else(zero);
    assert_eq!(initial.hidden.dims(), [batch, hidden], "shape of the initial hidden state");
    let cell = initial.cell.as_ref().map(Tensor::dims);
    assert_eq!(cell, is_lstm.then_some([batch, hidden]), "a cell is the LSTM's");
    let probe = run.probe.as_ref().map_or([batch, steps, hidden], |probe| probe.zeros().dims());
    assert_eq!(probe, [batch, steps, hidden], "shape of the probe");

    let matrices = [&weights.input_weight, &weights.recurrent_weight, &initial.hidden];
    let matrices = matrices.into_iter().chain(&initial.cell).map(Tensor::dtype);
    let vectors = [&weights.bias].into_iter().chain(&weights.candidate_bias).map(Tensor::dtype);
    assert!(matrices.chain(vectors).all(|dtype| dtype == float), "all of the type of x");
    initial
}
