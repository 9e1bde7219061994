//! Time of the recurrences alone, without Burn:
//! `RAYON_NUM_THREADS=1 cargo bench -p recurrence`, and `-- lstm` for a part.
//!
//! Beside other frameworks and with all that lies above it: `runner bench`.

use std::fmt;

use divan::Bencher;
use divan::counter::ItemsCount;
use recurrence::{CellKind, Inputs, Outputs, Problem, Upstream, Wanted, backward, forward};

fn main() {
    divan::main();
}

/// Batch, steps, input, hidden.
const SHAPES: [[usize; 4]; 6] = [
    [32, 50, 16, 32],
    [32, 200, 10, 64],
    [32, 100, 64, 128],
    [64, 50, 128, 256],
    [128, 784, 1, 128],
    [20, 35, 650, 650],
];

#[derive(Clone, Copy)]
struct Case {
    kind: CellKind,
    shape: [usize; 4],
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            CellKind::Lstm => "lstm",
            CellKind::Gru => "gru",
            _ => "vanilla",
        };
        let [batch, steps, input, hidden] = self.shape;
        write!(f, "{name} {batch}x{steps}x{input}x{hidden}")
    }
}

fn cases() -> impl Iterator<Item = Case> {
    let kinds = [CellKind::VanillaTanh, CellKind::Lstm, CellKind::Gru];
    kinds.into_iter().flat_map(|kind| SHAPES.map(move |shape| Case { kind, shape }))
}

/// The tensors of a case; see [`Inputs`].
struct Tensors {
    case: Case,
    x: Vec<f32>,
    input_weight: Vec<f32>,
    recurrent_weight: Vec<f32>,
    bias: Vec<f32>,
    candidate_bias: Vec<f32>,
    h0: Vec<f32>,
    c0: Vec<f32>,
    hidden: Vec<f32>,
    last: [Vec<f32>; 2],
}

impl Tensors {
    fn new(case: Case) -> Self {
        let Case { kind, shape: [batch, steps, input, hidden] } = case;
        let width = kind.gates() * hidden;
        let scale = 1.0 / (hidden as f32).sqrt();
        // Values between -scale and scale, none of which repeats soon.
        let fill = |count, scale: f32| -> Vec<f32> {
            (0..count).map(|i| scale * (i as f32 * 1.618).sin()).collect()
        };
        Self {
            case,
            x: fill(batch * steps * input, 1.0),
            input_weight: fill(input * width, scale),
            recurrent_weight: fill(hidden * width, scale),
            bias: fill(width, scale),
            candidate_bias: fill(if kind == CellKind::Gru { hidden } else { 0 }, scale),
            h0: vec![0.0; batch * hidden],
            c0: vec![0.0; if kind == CellKind::Lstm { batch * hidden } else { 0 }],
            hidden: vec![0.0; batch * steps * hidden],
            last: [
                vec![0.0; batch * hidden],
                vec![0.0; if kind == CellKind::Lstm { batch * hidden } else { 0 }],
            ],
        }
    }

    fn problem(&self) -> Problem<'static> {
        let Case { kind, shape: [batch, steps, input, hidden] } = self.case;
        let threads = rayon::current_num_threads();
        Problem { kind, batch, steps, input, hidden, lengths: None, reverse: false, threads }
    }

    /// What goes in, and where the results go.
    fn parts(&mut self) -> (Inputs<'_>, Outputs<'_>) {
        let inputs = Inputs {
            x: &self.x,
            input_weight: &self.input_weight,
            recurrent_weight: &self.recurrent_weight,
            bias: &self.bias,
            candidate_bias: &self.candidate_bias,
            h0: &self.h0,
            c0: &self.c0,
        };
        let [last_hidden, last_cell] = &mut self.last;
        (inputs, Outputs { hidden: &mut self.hidden, last_hidden, last_cell })
    }

    /// Steps of all sequences together.
    fn items(&self) -> ItemsCount {
        let [batch, steps, ..] = self.case.shape;
        ItemsCount::new(batch * steps)
    }
}

#[divan::bench(args = cases(), sample_count = 20)]
fn only_forward(bencher: Bencher, case: Case) {
    let mut tensors = Tensors::new(case);
    bencher.counter(tensors.items()).bench_local(|| {
        let problem = tensors.problem();
        let (inputs, outputs) = tensors.parts();
        forward(&problem, &inputs, outputs, false)
    });
}

#[divan::bench(args = cases(), sample_count = 20)]
fn forward_and_backward(bencher: Bencher, case: Case) {
    let mut tensors = Tensors::new(case);
    let gradient = vec![0.01; tensors.hidden.len()];
    let upstream = Upstream { hidden: &gradient, last_hidden: &[], last_cell: &[] };
    let wanted = Wanted { x: true, hidden: false, initial: true };
    bencher.counter(tensors.items()).bench_local(|| {
        let problem = tensors.problem();
        let (inputs, outputs) = tensors.parts();
        let saved = forward(&problem, &inputs, outputs, true);
        saved.map(|saved| backward(&problem, &inputs, saved, upstream, wanted))
    });
}
