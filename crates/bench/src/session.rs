//! What all suites need: the options, the contestants, and where results and progress go.

use std::io::Write;

use serde_json::json;

use crate::contest::Times;
use crate::lane::Lane;
use crate::table::{Printer, Value};
use crate::{BenchError, Cell, Options, Pass, Shape};

/// Tells how far the measurements are; on a terminal in one line that changes.
pub struct Progress<'a> {
    out: &'a mut dyn Write,
    live: bool,
    total: usize,
    done: usize,
}

impl<'a> Progress<'a> {
    /// Tells `out`, which is a terminal if `live`.
    pub fn new(out: &'a mut dyn Write, live: bool) -> Self {
        Self { out, live, total: 0, done: 0 }
    }

    /// Begins a table of so many rows.
    pub(crate) fn begin(&mut self, rows: usize) {
        (self.total, self.done) = (rows, 0);
    }

    /// The next row is measured.
    pub(crate) fn next(&mut self, what: &str) -> Result<(), BenchError> {
        self.done += 1;
        let (done, total) = (self.done, self.total);
        if self.live {
            write!(self.out, "\r\x1b[2K{done}/{total} {what}")?;
        } else {
            writeln!(self.out, "{done}/{total} {what}")?;
        }
        Ok(self.out.flush()?)
    }

    /// Makes room for a row.
    pub(crate) fn clear(&mut self) -> Result<(), BenchError> {
        if self.live {
            write!(self.out, "\r\x1b[2K")?;
        }
        Ok(self.out.flush()?)
    }

    /// A line that stays.
    pub(crate) fn say(&mut self, line: &str) -> Result<(), BenchError> {
        self.clear()?;
        Ok(writeln!(self.out, "{line}")?)
    }
}

/// What all suites need.
pub(crate) struct Session<'a> {
    pub options: &'a Options,
    pub lanes: Vec<Lane>,
    pub printer: Printer<'a>,
    pub progress: Progress<'a>,
    /// What failed in the table at hand.
    failures: Vec<String>,
}

impl<'a> Session<'a> {
    pub fn new(
        options: &'a Options,
        lanes: Vec<Lane>,
        printer: Printer<'a>,
        progress: Progress<'a>,
    ) -> Self {
        Self { options, lanes, printer, progress, failures: Vec::new() }
    }

    /// Prints a row, and says at once what failed in it.
    pub fn row(
        &mut self,
        what: &str,
        row: &[Value],
        times: &[(&str, &Times)],
    ) -> Result<(), BenchError> {
        for (name, times) in times {
            if let Times::Failed(message) = times {
                let line = format!("{name} failed at {what}: {message}");
                self.progress.say(&line)?;
                self.failures.push(line);
            }
        }
        self.progress.clear()?;
        self.printer.row(row)
    }

    /// Ends a table with what is to be said of it.
    pub fn notes(&mut self, mut notes: Vec<String>) -> Result<(), BenchError> {
        notes.append(&mut self.failures);
        self.printer.notes(&notes)
    }
}

/// The request of a layer's work, for a peer.
pub(crate) fn layer_request(
    cell: Cell,
    shape: Shape,
    pass: Pass,
    lengths: Option<&[usize]>,
) -> serde_json::Value {
    json!({
        "job": "layer",
        "cell": cell.name(),
        "pass": pass.name(),
        "shape": shape.sizes(),
        "lengths": lengths,
    })
}

/// A median as a value of a table.
pub(crate) fn milliseconds(times: &Times) -> Value {
    match times {
        Times::Failed(_) => Value::Failed,
        times => times.median().map_or(Value::Missing, Value::Milliseconds),
    }
}

/// A ratio of two numbers that may be missing.
pub(crate) fn ratio(above: Option<f64>, below: Option<f64>) -> Value {
    above.zip(below).map_or(Value::Missing, |(above, below)| Value::Ratio(above / below))
}
