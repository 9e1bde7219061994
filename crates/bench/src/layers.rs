//! The suite `layers`: one recurrent layer, beside all others.

use crate::contest::{Contestant, Times, contest};
use crate::lane::{Lane, speed};
use crate::peers::Framework;
use crate::session::{Session, layer_request, milliseconds, ratio};
use crate::table::{Column, Value};
use crate::verdicts::verdicts;
use crate::{BenchError, Case, Cell, Options, Pass, Shape, ours};

/// What is measured unless other shapes are asked for: batch, steps, input, hidden.
pub const SHAPES: [Shape; 6] = [
    Shape::new(32, 50, 16, 32),
    Shape::new(32, 200, 10, 64),
    Shape::new(32, 100, 64, 128),
    Shape::new(64, 50, 128, 256),
    Shape::new(128, 784, 1, 128),
    Shape::new(20, 35, 650, 650),
];

/// One row as it was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What was done.
    pub case: Case,
    /// By this workspace.
    pub ours: Times,
    /// By Burn's own layer.
    pub burn: Times,
    /// By PyTorch.
    pub torch: Times,
    /// By JAX.
    pub jax: Times,
    /// The machine's speed in floating-point operations a second, measured in turn with
    /// the others.
    pub speed: Option<f64>,
}

/// The columns of the table.
pub const COLUMNS: &[Column] = &[
    ("cell", 7),
    ("shape", 13),
    ("pass", 16),
    ("threads", 0),
    ("ours ms", 8),
    ("Burn ms", 8),
    ("PyTorch ms", 0),
    ("JAX ms", 8),
    ("ratio", 6),
    ("GFLOP/s", 0),
    ("of peak", 0),
];

impl Measured {
    /// The better of the peers' medians, in seconds.
    fn best_peer(&self) -> Option<f64> {
        [&self.torch, &self.jax].into_iter().filter_map(Times::median).min_by(f64::total_cmp)
    }

    /// Our time over that of the better peer.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.ours.median()? / self.best_peer()?)
    }

    /// Our floating-point operations a second over the machine's.
    pub fn share(&self) -> Option<f64> {
        Some(self.case.flops() / self.ours.median()? / self.speed?)
    }

    /// The values of [`COLUMNS`].
    pub fn row(&self) -> Vec<Value> {
        let Case { cell, shape, pass, threads } = self.case;
        let rate = self.ours.median().map(|seconds| self.case.flops() / seconds / 1e9);
        vec![
            Value::Text(cell.name().into()),
            Value::Text(shape.to_string()),
            Value::Text(pass.name().into()),
            Value::Count(threads),
            milliseconds(&self.ours),
            milliseconds(&self.burn),
            milliseconds(&self.torch),
            milliseconds(&self.jax),
            ratio(self.ours.median(), self.best_peer()),
            rate.map_or(Value::Missing, Value::Whole),
            self.share().map_or(Value::Missing, Value::Share),
        ]
    }
}

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let shapes = session.options.shapes.clone().unwrap_or_else(|| SHAPES.to_vec());
    let Options { cells, passes, .. } = session.options;
    let works = shapes.iter().flat_map(|&shape| {
        cells.iter().flat_map(move |&cell| passes.iter().map(move |&pass| (cell, shape, pass)))
    });
    let works: Vec<_> = works.collect();
    let title = "one recurrent layer; shape is batch, steps, input, hidden; medians; ratio is \
                 ours over the better of PyTorch and JAX; peak is a product of two 1024x1024 \
                 matrices";
    session.printer.table("layers", title, COLUMNS)?;
    session.progress.begin(works.len());
    let mut rows = Vec::new();
    for (cell, shape, pass) in works {
        let what = format!("{} {shape} {}", cell.name(), pass.name());
        session.progress.next(&what)?;
        for row in measure(&session.lanes, cell, shape, pass, session.options.repetitions)? {
            let what = format!("{what}, threads {}", row.case.threads);
            let times = [
                ("ours", &row.ours),
                ("Burn", &row.burn),
                ("PyTorch", &row.torch),
                ("JAX", &row.jax),
            ];
            session.row(&what, &row.row(), &times)?;
            rows.push(row);
        }
    }
    session.notes(verdicts(&rows))
}

/// Everybody's times at every number of threads, all of them in turn.
fn measure(
    lanes: &[Lane],
    cell: Cell,
    shape: Shape,
    pass: Pass,
    repetitions: usize,
) -> Result<Vec<Measured>, BenchError> {
    let mut contestants = Vec::new();
    for lane in lanes {
        let (work, check) = ours::layer(cell, shape, pass, None)?;
        let burns = ours::burns_layer(cell, shape, pass);
        let request = layer_request(cell, shape, pass, None);
        contestants.extend([
            Contestant::Ready(Box::new(lane.local(work))),
            Contestant::Patience(Box::new(lane.local(burns))),
            lane.peer(Framework::Torch, request.clone(), Some(check)),
            lane.peer(Framework::Jax, request, Some(check)),
            lane.peak(),
        ]);
    }
    let mut times = contest(contestants, repetitions).into_iter();
    let mut next = || times.next().unwrap_or(Times::Absent);
    let rows = lanes.iter().map(|lane| {
        lane.forget();
        let case = Case { cell, shape, pass, threads: lane.threads };
        let (ours, burn, torch, jax) = (next(), next(), next(), next());
        Measured { case, ours, burn, torch, jax, speed: speed(&next()) }
    });
    Ok(rows.collect())
}
