//! Long short-term memory.
//!
//! i = σ(W_i x + R_i h + b_i)    f = σ(W_f x + R_f h + b_f)
//! g = tanh(W_g x + R_g h + b_g)    o = σ(W_o x + R_o h + b_o)
//! c' = f ⊙ c + i ⊙ g    h' = o ⊙ tanh(c')
//!
//! Ablations replace a gate by the constant 1, or f by 1 − i; a replaced gate has no
//! weights.
//!
//! Shapes: x [batch, input]; h, c and the gates [batch, hidden]; the weights of the
//! learned gates lie side by side in the order i, f, g, o: W [input, gates·hidden],
//! R [hidden, gates·hidden], b [gates·hidden].
//! Papers: Hochreiter and Schmidhuber 1997; forget gate: Gers, Schmidhuber and Cummins
//! 2000; the ablations: Greff et al. 2015, arXiv:1503.04069 (without peepholes).
//! Differs from PyTorch: one bias, not two; `forget_bias` (default 1, as in Jozefowicz
//! et al. 2015) is added to b_f at initialisation, where PyTorch adds nothing.
//! One operation for the whole sequence, with every option: a kernel on the CPU backends
//! (flex, ndarray), on others composed of the backend's own operations. There a replaced gate
//! is computed like the others, from constant weights or from those of i, negated: leaving
//! gates out makes the model smaller, not faster.

use burn::module::{Module, Param};
use burn::tensor::{Bool, Device, Tensor, activation};
use kernels::{CellKind, Columns, Initial, Padded, Probe, RunOutput, Weights};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::architecture::{Recurrent, read_options};
use crate::cell::gate;
use crate::state::keep_where;
use crate::unrolled::{Direction, Unrolled, unroll_whole};
use crate::{ArchitectureError, Cell, CellState, Initializer};

/// The architecture: one LSTM layer.
pub type Lstm = Recurrent<LstmCell>;

/// Options of `[model.lstm]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LstmConfig {
    /// Added to the forget gate's bias at initialisation.
    pub forget_bias: f32,
    /// The input gate i.
    pub input_gate: Gate,
    /// The forget gate f.
    pub forget_gate: ForgetGate,
    /// The output gate o.
    pub output_gate: Gate,
}

/// A gate that is learned or left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Gate {
    /// σ of its own weights.
    Learned,
    /// The constant 1.
    AlwaysOne,
}

/// The forget gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForgetGate {
    /// σ of its own weights.
    Learned,
    /// 1 − i.
    CoupledToInput,
    /// The constant 1.
    AlwaysOne,
}

/// Hidden state and memory cell.
#[derive(Debug, Clone)]
pub struct LstmState {
    /// h, `[batch, hidden]`.
    pub hidden: Tensor<2>,
    /// c, `[batch, hidden]`.
    pub cell: Tensor<2>,
}

impl CellState for LstmState {
    fn hidden(&self) -> Tensor<2> {
        self.hidden.clone()
    }

    fn with_hidden(self, hidden: Tensor<2>) -> Self {
        Self { hidden, ..self }
    }

    fn tensors(&self) -> Vec<Tensor<2>> {
        vec![self.hidden.clone(), self.cell.clone()]
    }

    fn of_tensors(tensors: &[Tensor<2>]) -> Option<Self> {
        let [hidden, cell] = tensors else { return None };
        Some(Self { hidden: hidden.clone(), cell: cell.clone() })
    }

    fn unless(self, ended: &Tensor<2, Bool>, old: &Self) -> Self {
        Self {
            hidden: keep_where(ended, &old.hidden, self.hidden),
            cell: keep_where(ended, &old.cell, self.cell),
        }
    }
}

/// The cell; see the module's equations.
#[derive(Module, Debug)]
pub struct LstmCell {
    /// W, `[input, gates·hidden]`.
    pub input_weight: Param<Tensor<2>>,
    /// R, `[hidden, gates·hidden]`.
    pub recurrent_weight: Param<Tensor<2>>,
    /// b, `[gates·hidden]`.
    pub bias: Param<Tensor<1>>,
    #[module(skip)]
    columns: GateColumns,
}

/// Which block of columns each learned gate has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct GateColumns {
    input: Option<usize>,
    forget: Option<usize>,
    coupled: bool,
    candidate: usize,
    output: Option<usize>,
    count: usize,
}

impl GateColumns {
    fn new(config: LstmConfig) -> Self {
        let input = (config.input_gate == Gate::Learned).then_some(0);
        let after_input = usize::from(input.is_some());
        let forget = (config.forget_gate == ForgetGate::Learned).then_some(after_input);
        let candidate = after_input + usize::from(forget.is_some());
        let output = (config.output_gate == Gate::Learned).then_some(candidate + 1);
        let count = candidate + 1 + usize::from(output.is_some());
        let coupled = config.forget_gate == ForgetGate::CoupledToInput;
        Self { input, forget, coupled, candidate, output, count }
    }

    /// How all four gates, i, f, g, o, are made of these; σ(−a) = 1 − σ(a) is the coupling.
    fn completed(self) -> [Columns; 4] {
        let own_or_one = |column: Option<usize>| column.map_or(Columns::One, Columns::Own);
        let coupled = || self.input.map_or(Columns::Zero, Columns::Negated);
        let forget = if self.coupled { coupled() } else { own_or_one(self.forget) };
        [own_or_one(self.input), forget, Columns::Own(self.candidate), own_or_one(self.output)]
    }
}

const GATE: Kind = Kind::OneOf(&[
    Choice { word: "learned", doc: "A sigmoid of its own weights." },
    Choice { word: "always-one", doc: "The constant 1, without weights." },
]);

impl Cell for LstmCell {
    type State = LstmState;

    const NAME: &'static str = "lstm";
    const SUMMARY: &'static str = "long short-term memory with input, forget and output gate";
    const KEYS: &'static [Key] = &[
        Key::new(
            "forget_bias",
            Kind::Number { min: -100.0, max: 100.0 },
            Literal::Number(1.0),
            "Added to the forget gate's bias at initialisation: above 0 the cell remembers \
             from the start.",
        ),
        Key::new("input_gate", GATE, Literal::Text("learned"), "The input gate i."),
        Key::new(
            "forget_gate",
            Kind::OneOf(&[
                Choice { word: "learned", doc: "A sigmoid of its own weights." },
                Choice { word: "coupled-to-input", doc: "1 - i, without weights." },
                Choice { word: "always-one", doc: "The constant 1: the cell of 1997." },
            ]),
            Literal::Text("learned"),
            "The forget gate f.",
        ),
        Key::new("output_gate", GATE, Literal::Text("learned"), "The output gate o."),
    ];

    fn build(
        input: usize,
        hidden: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let config: LstmConfig = read_options(Self::NAME, options)?;
        let columns = GateColumns::new(config);
        let width = columns.count * hidden;
        let forget = columns.forget.map_or(0..0, |index| index * hidden..(index + 1) * hidden);
        Ok(Self {
            input_weight: init.uniform([input, width], hidden),
            recurrent_weight: init.uniform([hidden, width], hidden),
            bias: init.shifted_bias(width, hidden, forget, config.forget_bias),
            columns,
        })
    }

    fn hidden(&self) -> usize {
        self.recurrent_weight.lazy_shape()[0]
    }

    fn zero_state(&self, batch: usize, device: &Device) -> LstmState {
        let zero = Tensor::zeros([batch, self.hidden()], device);
        LstmState { hidden: zero.clone(), cell: zero }
    }

    fn step(&self, x: Tensor<2>, state: &LstmState) -> LstmState {
        let wx = x.matmul(self.input_weight.val());
        let rh = state.hidden.clone().matmul(self.recurrent_weight.val());
        let gates = wx + rh + self.bias.val().unsqueeze(); // [batch, gates·hidden]
        let columns = &self.columns;
        let sigmoid = |index| activation::sigmoid(gate(&gates, index, self.hidden()));

        let i = columns.input.map(sigmoid);
        let f = columns.forget.map(sigmoid);
        let g = gate(&gates, columns.candidate, self.hidden()).tanh();
        let o = columns.output.map(sigmoid);

        let c = state.cell.clone();
        let kept = match (f, &i, columns.coupled) {
            (Some(f), _, _) => f * c,
            (None, Some(i), true) => c.clone() - i.clone() * c,
            // A forget gate coupled to an input gate that is always one keeps nothing.
            (None, None, true) => c.zeros_like(),
            (None, _, false) => c,
        };
        let written = i.map_or(g.clone(), |i| i * g);
        let c = kept + written;
        let h = c.clone().tanh();
        LstmState { hidden: o.map_or(h.clone(), |o| o * h), cell: c }
    }

    fn whole_sequence(
        &self,
        x: &Padded,
        direction: Direction,
        initial: Option<&LstmState>,
        probe: Option<&Probe>,
    ) -> Option<Unrolled<LstmState>> {
        let weights = Weights {
            input_weight: self.input_weight.val(),
            recurrent_weight: self.recurrent_weight.val(),
            bias: self.bias.val(),
            candidate_bias: None,
        };
        let weights = weights.with_gates(&self.columns.completed());
        let initial = initial.map(|LstmState { hidden, cell }| Initial {
            hidden: hidden.clone(),
            cell: Some(cell.clone()),
        });
        let last = |output: &RunOutput| LstmState {
            hidden: output.last_hidden.clone(),
            cell: output.last_cell.clone().expect("an LSTM has a cell"),
        };
        let layer = (CellKind::Lstm, weights);
        Some(unroll_whole(layer, x, direction, initial, probe, last))
    }
}
