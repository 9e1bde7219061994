//! `bench`: speed here, beside Burn's own layers, PyTorch and JAX.

use std::io::{IsTerminal as _, stderr, stdout};
use std::path::Path;
use std::process::Command;

use bench::{Options, Progress};

use crate::arguments::BenchArguments;
use crate::exit::{Exit, Failure};
use crate::provenance;
use crate::threads::KEEP_MEMORY;

/// Measures and prints the tables that are asked for.
///
/// # Errors
/// [`Failure::Internal`] if measuring fails.
pub fn run(arguments: BenchArguments, datasets: &Path) -> Result<Exit, Failure> {
    let BenchArguments { suites, cells, architectures, passes, shapes, threads, .. } = arguments;
    let threads = threads.unwrap_or_else(|| (1..=bench::machine::cores().min(2)).collect());
    if arguments.peak_memory {
        let shapes = shapes.unwrap_or_default();
        if let Some([bench::Architecture(name)]) = architectures.as_deref()
            && let ([shape], [threads]) = (&shapes[..], &threads[..])
        {
            let bytes = bench::peak_memory_of_model(name, *shape, *threads);
            anstream::println!("{}", bytes.map_err(anyhow::Error::from)?);
            return Ok(Exit::Done);
        }
        for ((&cell, shape), &threads) in cells.iter().zip(shapes).zip(&threads) {
            let bytes = bench::peak_memory(cell, shape, threads).map_err(anyhow::Error::from)?;
            anstream::println!("{bytes}");
        }
        return Ok(Exit::Done);
    }
    if std::env::var_os(KEEP_MEMORY.0).is_none() {
        return again();
    }
    let program = format!(
        "unroll {} at {}, Burn {}",
        env!("CARGO_PKG_VERSION"),
        provenance::COMMIT,
        provenance::BURN
    );
    let options = Options {
        suites,
        cells,
        architectures,
        passes,
        shapes,
        threads,
        repetitions: usize::from(arguments.repetitions),
        python: (!arguments.without_peers).then_some(arguments.python),
        datasets: datasets.into(),
        format: arguments.format,
        program,
    };
    let live = stderr().is_terminal();
    let mut stderr = stderr();
    let progress = Progress::new(&mut stderr, live);
    bench::run(&options, &mut stdout().lock(), progress).map_err(anyhow::Error::from)?;
    Ok(Exit::Done)
}

/// Does the same in a process that keeps its memory as those of training runs do: the
/// allocator reads that at its start.
fn again() -> Result<Exit, Failure> {
    let program = std::env::current_exe().map_err(anyhow::Error::from)?;
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1)).env(KEEP_MEMORY.0, KEEP_MEMORY.1);
    #[cfg(unix)]
    let ended = std::os::unix::process::CommandExt::exec(&mut command);
    #[cfg(not(unix))]
    let ended = match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    };
    Err(anyhow::Error::from(ended).context("cannot start this program again").into())
}
