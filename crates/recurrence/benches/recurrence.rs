//! Time of the recurrences alone, without Burn:
//! `RAYON_NUM_THREADS=1 cargo bench -p unroll-recurrence`, and `-- lstm` for a part.
//!
//! Beside other frameworks and with all that lies above it: `unroll bench`.

#![expect(clippy::inline_always, reason = "vectors that are passed in memory are slow")]

use std::fmt;

use divan::Bencher;
use divan::counter::ItemsCount;
use recurrence::cells::{Forget, Gru, Lstm, Reset, Vanilla};
use recurrence::{
    Candidate, Inputs, Kernel, Outputs, Problem, Upstream, Wanted, backward, forward,
};

#[path = "../../architectures/tests/new_cell/traced.rs"]
mod traced;
use traced::Traced;

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
    name: &'static str,
    cell: &'static dyn Kernel,
    shape: [usize; 4],
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [batch, steps, input, hidden] = self.shape;
        let name = self.name;
        write!(f, "{name} {batch}x{steps}x{input}x{hidden}")
    }
}

/// Those that other frameworks have too, then parts taken out and put in.
const CELLS: [(&str, &dyn Kernel); 10] = [
    ("vanilla", &Vanilla::Tanh),
    ("lstm", &Lstm::PLAIN),
    ("gru", &Gru::RESET_AFTER),
    ("gru_before", &Gru::RESET_BEFORE),
    ("gru_no_reset", &Gru { reset: Reset::None, update_gate: true }),
    ("coupled", &Lstm { forget_gate: Forget::Coupled, ..Lstm::PLAIN }),
    ("no_input_gate", &Lstm { input_gate: false, ..Lstm::PLAIN }),
    ("no_output_gate", &Lstm { output_gate: false, ..Lstm::PLAIN }),
    ("new_cell", &Traced),
    ("peepholes", &Lstm { peepholes: true, ..Lstm::PLAIN }),
];

fn cases() -> impl Iterator<Item = Case> {
    let of_cell = |(name, cell)| SHAPES.map(|shape| Case { name, cell, shape });
    CELLS.into_iter().flat_map(of_cell)
}

/// The tensors of a case; see [`Inputs`].
struct Tensors {
    case: Case,
    x: Vec<f32>,
    input_weight: Vec<f32>,
    recurrent_weight: Vec<f32>,
    bias: Vec<f32>,
    candidate_bias: Vec<f32>,
    parameters: Vec<f32>,
    h0: Vec<f32>,
    c0: Vec<f32>,
    hidden: Vec<f32>,
    last: [Vec<f32>; 2],
}

impl Tensors {
    fn new(case: Case) -> Self {
        let Case { cell, shape: [batch, steps, input, hidden], .. } = case;
        let shape = cell.shape();
        let width = shape.gates * hidden;
        let apart = if shape.candidate == Candidate::Apart { hidden } else { 0 };
        let memory = batch * shape.memory * hidden;
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
            candidate_bias: fill(apart, scale),
            parameters: fill(shape.parameters * hidden, scale),
            h0: vec![0.0; batch * hidden],
            c0: vec![0.0; memory],
            hidden: vec![0.0; batch * steps * hidden],
            last: [vec![0.0; batch * hidden], vec![0.0; memory]],
        }
    }

    fn problem(&self) -> Problem<'static> {
        let Case { cell, shape: [batch, steps, input, hidden], .. } = self.case;
        let threads = rayon::current_num_threads();
        Problem { cell, batch, steps, input, hidden, lengths: None, reverse: false, threads }
    }

    /// What goes in, and where the results go.
    fn parts(&mut self) -> (Inputs<'_>, Outputs<'_>) {
        let inputs = Inputs {
            x: &self.x,
            input_weight: &self.input_weight,
            recurrent_weight: &self.recurrent_weight,
            bias: &self.bias,
            candidate_bias: &self.candidate_bias,
            parameters: &self.parameters,
            h0: &self.h0,
            c0: &self.c0,
        };
        let [last_hidden, last_memory] = &mut self.last;
        (inputs, Outputs { hidden: &mut self.hidden, last_hidden, last_memory })
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
    let upstream = Upstream { hidden: &gradient, last_hidden: &[], last_memory: &[] };
    let wanted = Wanted { x: true, hidden: false, initial: true };
    bencher.counter(tensors.items()).bench_local(|| {
        let problem = tensors.problem();
        let (inputs, outputs) = tensors.parts();
        let saved = forward(&problem, &inputs, outputs, true);
        saved.map(|saved| backward(&problem, &inputs, saved, upstream, wanted))
    });
}
