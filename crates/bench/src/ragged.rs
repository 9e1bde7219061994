//! The suite `ragged`: sequences of different length in one batch.

use crate::contest::{Contestant, Times, contest};
use crate::numbers::lengths;
use crate::peers::Framework;
use crate::session::{Session, layer_request, milliseconds, ratio};
use crate::table::{Column, Value};
use crate::verdicts::{at_least, at_most, geometric_mean, largest};
use crate::{BenchError, Pass, Shape, ours};

/// What is measured unless other shapes are asked for.
const SHAPES: [Shape; 3] =
    [Shape::new(32, 200, 10, 64), Shape::new(32, 100, 64, 128), Shape::new(64, 50, 128, 256)];

const COLUMNS: &[Column] = &[
    ("cell", 7),
    ("shape", 13),
    ("threads", 0),
    ("ours ms", 8),
    ("ours padded ms", 0),
    ("PyTorch padded ms", 0),
    ("PyTorch packed ms", 0),
    ("valid", 6),
    ("ours / padded", 0),
    ("packed / ours", 0),
];

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let shapes = session.options.shapes.clone().unwrap_or_else(|| SHAPES.to_vec());
    let title = "forward+backward of a batch whose lengths are uniform between 10 % and 100 % of \
                 the steps, not sorted; padded computes all steps; packed is PyTorch's \
                 PackedSequence; medians";
    session.printer.table("ragged", title, COLUMNS)?;
    session.progress.begin(shapes.len() * session.options.cells.len() * session.lanes.len());
    let (mut to_padded, mut to_packed, mut to_share) = (Vec::new(), Vec::new(), Vec::new());
    for shape in shapes {
        let lengths = lengths(shape.batch, shape.steps);
        let valid = lengths.iter().sum::<usize>() as f64 / (shape.batch * shape.steps) as f64;
        for &cell in &session.options.cells {
            for index in 0..session.lanes.len() {
                let lane = &session.lanes[index];
                let (pass, threads) = (Pass::ForwardBackward, lane.threads);
                let what = format!("ragged {} {shape}, threads {threads}", cell.name());
                session.progress.next(&what)?;
                let (ragged, ragged_check) = ours::layer(cell, shape, pass, Some(&lengths))?;
                let (padded, padded_check) = ours::layer(cell, shape, pass, None)?;
                let plain = layer_request(cell, shape, pass, None);
                let packed = layer_request(cell, shape, pass, Some(&lengths));
                let contestants = vec![
                    Contestant::Ready(Box::new(lane.local(ragged))),
                    Contestant::Ready(Box::new(lane.local(padded))),
                    lane.peer(Framework::Torch, plain, Some(padded_check)),
                    lane.peer(Framework::Torch, packed, Some(ragged_check)),
                ];
                let mut times = contest(contestants, session.options.repetitions).into_iter();
                lane.forget();
                let mut next = || times.next().unwrap_or(Times::Absent);
                let (ours, padded, torch, packed) = (next(), next(), next(), next());
                let over = |above: &Times, below: &Times| Some(above.median()? / below.median()?);
                to_padded.extend(over(&ours, &padded));
                to_packed.extend(over(&packed, &ours));
                to_share.extend(over(&ours, &padded).map(|ratio| ratio / valid));
                let row = [
                    Value::Text(cell.name().into()),
                    Value::Text(shape.to_string()),
                    Value::Count(threads),
                    milliseconds(&ours),
                    milliseconds(&padded),
                    milliseconds(&torch),
                    milliseconds(&packed),
                    Value::Share(valid),
                    ratio(ours.median(), padded.median()),
                    ratio(packed.median(), ours.median()),
                ];
                let times = [
                    ("ours", &ours),
                    ("ours padded", &padded),
                    ("PyTorch padded", &torch),
                    ("PyTorch packed", &packed),
                ];
                session.row(&what, &row, &times)?;
            }
        }
    }
    let least = to_packed.iter().copied().min_by(f64::total_cmp);
    let notes = [
        geometric_mean(&to_share).map(|mean| {
            format!("ours over (ours padded · share of valid steps), geometric mean: {mean:.2}")
        }),
        largest(&to_padded).map(|worst| at_most("ours over ours padded, worst row", worst, 1.0)),
        least.map(|least| at_least("PyTorch packed over ours, least row", least, 4.0)),
    ];
    session.notes(notes.into_iter().flatten().collect())
}
