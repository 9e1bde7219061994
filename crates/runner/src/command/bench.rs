//! `bench`: speed here, beside Burn's own layers, PyTorch and JAX.

use std::io::{IsTerminal as _, stderr, stdout};

use bench::{Options, Progress};

use crate::arguments::BenchArguments;
use crate::exit::{Exit, Failure};
use crate::provenance;

/// Measures and prints the tables that are asked for.
///
/// # Errors
/// [`Failure::Internal`] if measuring fails.
pub fn run(arguments: BenchArguments) -> Result<Exit, Failure> {
    let BenchArguments { suites, cells, shapes, threads, .. } = arguments;
    let threads = threads.unwrap_or_else(|| (1..=bench::machine::cores().min(2)).collect());
    if arguments.peak_memory {
        let shapes = shapes.unwrap_or_default();
        for ((&cell, shape), &threads) in cells.iter().zip(shapes).zip(&threads) {
            let bytes = bench::peak_memory(cell, shape, threads).map_err(anyhow::Error::from)?;
            anstream::println!("{bytes}");
        }
        return Ok(Exit::Done);
    }
    let program = format!(
        "runner {} at {}, Burn {}",
        env!("CARGO_PKG_VERSION"),
        provenance::COMMIT,
        provenance::BURN
    );
    let options = Options {
        suites,
        cells,
        shapes,
        threads,
        repetitions: usize::from(arguments.repetitions),
        python: (!arguments.without_peers).then_some(arguments.python),
        format: arguments.format,
        program,
    };
    let live = stderr().is_terminal();
    let mut stderr = stderr();
    let progress = Progress::new(&mut stderr, live);
    bench::run(&options, &mut stdout().lock(), progress).map_err(anyhow::Error::from)?;
    Ok(Exit::Done)
}
