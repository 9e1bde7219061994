//! The suite `memory`: the peak of a forward and backward pass.
//!
//! Read from the system and not from the allocator, so that it holds for any allocator and
//! counts what the allocator keeps: resident memory at its peak during the pass minus that
//! before it. Each repetition is a process of its own, because memory that an earlier pass
//! freed would be used again and not be seen. Our allocator is told to give back at once what
//! is freed there, so that what counts is there at the same time, and not to ask for huge
//! pages: one of 2 MB counts as a whole once a byte of it is written.

use std::fs::{read_to_string, write};
use std::process::Command;

use crate::contest::median;
use crate::session::{Session, ratio};
use crate::table::{Column, Value};
use crate::verdicts::{at_most, largest};
use crate::{BenchError, Cell, Shape, layers, ours};

/// Passes of a small layer before the one that counts.
const WARM_UP: usize = 20;

const COLUMNS: &[Column] = &[
    ("cell", 7),
    ("shape", 13),
    ("threads", 0),
    ("peak MB", 8),
    ("results MB", 0),
    ("gates and states MB", 0),
    ("ratio", 6),
];

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let shapes = session.options.shapes.clone().unwrap_or_else(|| layers::SHAPES.to_vec());
    let title = "memory of one forward and backward pass beyond weights, input and upstream \
                 gradient; ratio is (peak - hidden states and gradients that come out) over \
                 what the gates and states that a backward pass needs take";
    session.printer.table("memory", title, COLUMNS)?;
    session.progress.begin(shapes.len() * session.options.cells.len() * session.lanes.len());
    let mut ratios = Vec::new();
    for shape in shapes {
        for &cell in &session.options.cells {
            for index in 0..session.lanes.len() {
                let threads = session.lanes[index].threads;
                let what = format!("memory {} {shape}, threads {threads}", cell.name());
                session.progress.next(&what)?;
                let peaks = (0..session.options.repetitions)
                    .map(|_| in_a_process(cell, shape, threads))
                    .collect::<Result<_, _>>()?;
                let peak = median(peaks).unwrap_or(f64::NAN);
                let (results, saved) = (results(cell, shape), saved(cell, shape));
                let over = (peak - results) / saved;
                ratios.push(over);
                let row = [
                    Value::Text(cell.name().into()),
                    Value::Text(shape.to_string()),
                    Value::Count(threads),
                    Value::Tenths(peak / 1e6),
                    Value::Tenths(results / 1e6),
                    Value::Tenths(saved / 1e6),
                    ratio(Some(peak - results), Some(saved)),
                ];
                session.row(&what, &row, &[])?;
            }
        }
    }
    let notes = largest(&ratios).map(|worst| at_most("ratio, worst row", worst, 1.2));
    session.notes(notes.into_iter().collect())
}

/// Bytes of what comes out: the hidden states, the last one and an LSTM's last cell apart, and
/// the gradients of the input, both weights and the bias.
fn results(cell: Cell, shape: Shape) -> f64 {
    let Shape { batch, steps, input, hidden } = shape;
    let width = cell.gates() * hidden;
    let last = if cell == Cell::Lstm { 2 } else { 1 };
    let states = batch * (steps * (hidden + input) + last * hidden);
    4.0 * (states + (input + hidden + 1) * width) as f64
}

/// Bytes of what a backward pass needs: of an LSTM four gates at every step, hidden state and
/// cell at every step and before the first; of a GRU three gates, the candidate's recurrent
/// product and the hidden state; of a vanilla network its gate and the hidden state.
fn saved(cell: Cell, shape: Shape) -> f64 {
    let (gates, states) = match cell {
        Cell::Vanilla => (1, 1),
        Cell::Gru => (4, 1),
        Cell::Lstm => (4, 2),
    };
    let Shape { batch, steps, hidden, .. } = shape;
    4.0 * (batch * hidden * (steps * gates + (steps + 1) * states)) as f64
}

/// [`peak_memory`] in a new process of this program.
fn in_a_process(cell: Cell, shape: Shape, threads: usize) -> Result<f64, BenchError> {
    asked_of_a_process(["--cells", cell.name()], shape, threads)
}

/// [`peak_memory_of_model`] in a new process of this program.
pub(crate) fn of_model(name: &str, shape: Shape, threads: usize) -> Result<f64, BenchError> {
    asked_of_a_process(["--architectures", name], shape, threads)
}

fn asked_of_a_process(what: [&str; 2], shape: Shape, threads: usize) -> Result<f64, BenchError> {
    let failed = |why: String| BenchError::Memory(why);
    let program = std::env::current_exe().map_err(|error| failed(error.to_string()))?;
    let (shape, threads) = (shape.to_string(), threads.to_string());
    let output = Command::new(program)
        .args(["bench", "--peak-memory"])
        .args(what)
        .args(["--shapes", &shape, "--threads", &threads])
        .env("MIMALLOC_ALLOW_THP", "0")
        .env("MIMALLOC_PURGE_DELAY", "0")
        .output()
        .map_err(|error| failed(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim()
        .parse()
        .map_err(|_| failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

/// Bytes by which the memory of this process grows, at its peak, in one forward and
/// backward pass. To be asked of a process that did nothing else.
///
/// # Errors
/// [`BenchError::Memory`] where `/proc` does not tell (outside Linux), and those of the pass.
pub fn peak_memory(cell: Cell, shape: Shape, threads: usize) -> Result<f64, BenchError> {
    let pool = pool(threads)?;
    // Threads, code and all that is set up only once: enough sequences for all threads, often
    // enough that all of them take some.
    let (small, _) = ours::forward_backward(cell, Shape::new(32 * threads, 3, 2, 2), None)?;
    pool.install(|| (0..WARM_UP).for_each(|_| drop(small())));
    // In a thread of its own, whose end has the allocator give back what it left over.
    let ready = std::thread::spawn(move || ours::forward_backward(cell, shape, None)).join();
    let (pass, _x) = ready.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    let before = from_here()?;
    pool.install(|| drop(pass()));
    Ok(status("VmHWM:")? - before)
}

/// Bytes by which the memory of this process grows, at its peak, for a model of the architecture with
/// its default options and three of its training steps. To be asked of a process that did nothing else.
///
/// # Errors
/// As [`peak_memory`].
pub fn peak_memory_of_model(name: &str, shape: Shape, threads: usize) -> Result<f64, BenchError> {
    let pool = pool(threads)?;
    let (mut small, _) = ours::step(name, Shape::new(2 * threads, 5, 2, 8))?;
    pool.install(|| (0..WARM_UP).for_each(|_| small()));
    drop(small);
    let before = from_here()?;
    pool.install(|| {
        let (mut step, _) = ours::step(name, shape)?;
        (0..3).for_each(|_| step());
        Ok::<_, BenchError>(())
    })?;
    Ok(status("VmHWM:")? - before)
}

fn pool(threads: usize) -> Result<rayon::ThreadPool, BenchError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| BenchError::Threads { threads, source })
}

/// Sets the peak back to what is resident now, in bytes.
fn from_here() -> Result<f64, BenchError> {
    // 5 does it.
    write("/proc/self/clear_refs", "5").map_err(|error| {
        BenchError::Memory(format!("the system cannot set back the peak: {error}"))
    })?;
    status("VmRSS:")
}

/// A line of `/proc/self/status` in bytes.
fn status(name: &str) -> Result<f64, BenchError> {
    let all = read_to_string("/proc/self/status").unwrap_or_default();
    let line = all.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    let missing = || BenchError::Memory(format!("/proc/self/status does not tell {name}"));
    Ok(1024.0 * kilobytes.ok_or_else(missing)?)
}
