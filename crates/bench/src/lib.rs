//! Measures the recurrent layers beside Burn's own, PyTorch's and JAX's.
//!
//! All that do the same work are timed in turn, repetition by repetition (`contest`), at
//! one number of threads (`lane`). The peers run in Python processes of their own (`peers`
//! and `peers.py`) on the same numbers (`numbers`), and what they compute is compared with
//! what we do before it is timed. One file a table: `layers`, `ragged`, `steps`, `memory`,
//! `models`, `batches`.

mod batches;
mod case;
mod contest;
mod error;
mod lane;
mod layers;
pub mod machine;
mod measured;
mod memory;
mod models;
mod numbers;
mod options;
mod ours;
mod peers;
mod ragged;
mod session;
mod steps;
mod table;
#[cfg(test)]
mod tests;
mod upstream;
mod verdicts;

use std::io::Write;

pub use case::{Case, Cell, Pass, Shape};
pub use error::BenchError;
pub use memory::{peak_memory, peak_memory_of_model};
pub use options::{Architecture, Format, Options, Suite};
pub use session::Progress;

use lane::Lane;
use peers::Framework;
use session::Session;
use table::Printer;

/// Measures what `options` ask for and prints each row as it is done.
///
/// # Errors
/// [`BenchError`]. A framework that cannot be had is said to `progress` and left out; one
/// that fails in a row is shown there.
pub fn run<'a>(
    options: &'a Options,
    out: &'a mut dyn Write,
    mut progress: Progress<'a>,
) -> Result<(), BenchError> {
    let mut missing = Vec::new();
    let mut lanes = Vec::new();
    let frameworks = [Framework::Torch, Framework::Jax];
    for &threads in &options.threads {
        lanes.push(Lane::start(threads, options, &frameworks, &mut missing)?);
    }
    missing.dedup();
    for line in &missing {
        progress.say(line)?;
    }
    if let Some(load) = machine::load().filter(|load| *load > 0.5) {
        let warning = "this machine is doing other work: what follows is not to be quoted";
        progress.say(&format!("load average {load:.1}: {warning}"))?;
    }
    let versions = lanes.first().map(Lane::versions).unwrap_or_default();
    let machine = machine::description();
    let about = [vec![machine, options.program.clone()], versions].concat().join("; ");

    let printer = Printer::new(options.format, out);
    let mut session = Session::new(options, lanes, printer, progress);
    for suite in &options.suites {
        match suite {
            Suite::Layers => layers::run(&mut session)?,
            Suite::Ragged => ragged::run(&mut session)?,
            Suite::Steps => steps::run(&mut session)?,
            Suite::Memory => memory::run(&mut session)?,
            Suite::Models => models::run(&mut session)?,
            Suite::Batches => batches::run(&mut session)?,
        }
    }
    session.printer.finish(&about)
}
