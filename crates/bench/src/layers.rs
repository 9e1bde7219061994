//! The suite `layers`: one recurrent layer, beside all others.

use crate::contest::{Contestant, Times, contest};
use crate::lane::{Lane, speed};
use crate::measured::{COLUMNS, Measured};
use crate::peers::Framework;
use crate::session::{Session, layer_request};
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
