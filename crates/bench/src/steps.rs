//! The suite `steps`: cost by the number of steps.

use crate::contest::{Contestant, Times, contest};
use crate::session::{Session, milliseconds};
use crate::table::{Column, Value};
use crate::verdicts::largest;
use crate::{BenchError, Cell, Pass, Shape, ours};

const STEPS: [usize; 6] = [100, 200, 400, 800, 1600, 3200];

const COLUMNS: &[Column] =
    &[("steps", 0), ("threads", 0), ("ours ms", 8), ("ms per step", 0), ("to the first", 0)];

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let title = "forward+backward of an LSTM, batch 32, input 10, hidden 64, by the number of \
                 steps; medians; the last column is the cost of a step over that in the first row";
    session.printer.table("steps", title, COLUMNS)?;
    session.progress.begin(STEPS.len() * session.lanes.len());
    let mut notes = Vec::new();
    for index in 0..session.lanes.len() {
        let threads = session.lanes[index].threads;
        let mut first = None;
        let mut growths = Vec::new();
        for steps in STEPS {
            let what = format!("{steps} steps, threads {threads}");
            session.progress.next(&what)?;
            let shape = Shape::new(32, steps, 10, 64);
            let (work, _) = ours::layer(Cell::Lstm, shape, Pass::ForwardBackward, None)?;
            let contestant = Contestant::Ready(Box::new(session.lanes[index].local(work)));
            let times = contest(vec![contestant], session.options.repetitions).pop();
            let times = times.unwrap_or(Times::Absent);
            let each = times.median().map(|seconds| seconds / steps as f64);
            first = first.or(each);
            let growth = each.zip(first).map(|(each, first)| each / first);
            growths.extend(growth);
            let row = [
                Value::Count(steps),
                Value::Count(threads),
                milliseconds(&times),
                each.map_or(Value::Missing, Value::Milliseconds),
                growth.map_or(Value::Missing, Value::Ratio),
            ];
            session.row(&what, &row, &[("ours", &times)])?;
        }
        notes.extend(largest(&growths).map(|largest| {
            format!("threads {threads}: a step costs at most {largest:.2} of what it does at 100")
        }));
    }
    session.notes(notes)
}
