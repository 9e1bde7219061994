//! `worker`: one run, in a process of its own.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};
use store::{EventKind, RunFolder};
use training::{Interrupter, Job, TrainingError};

use crate::arguments::WorkerArguments;
use crate::exit::{Exit, Failure};
use crate::provenance;

/// Trains one run; standard input closing asks it to save and stop.
///
/// # Errors
/// [`Failure::Internal`]; the failure is then also the run's last event.
pub fn run(arguments: &WorkerArguments, datasets: &Path) -> Result<Exit, Failure> {
    let folder = RunFolder::new(&arguments.folder);
    let _lock = folder.lock().context("cannot take the run")?;
    if folder.result().context("cannot read the run's result")?.is_some() {
        return Ok(Exit::Done);
    }
    let interrupter = Interrupter::new();
    stop_when_asked(&interrupter)?;
    match train(arguments, datasets, &folder, &interrupter) {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            let (class, message) = (error.class(), error.to_string());
            folder
                .event_writer()
                .and_then(|mut events| events.append(EventKind::Failed { class, message }))
                .context("cannot record the failure")?;
            Err(anyhow::Error::from(error).into())
        }
    }
}

fn train(
    arguments: &WorkerArguments,
    datasets: &Path,
    folder: &RunFolder,
    interrupter: &Interrupter,
) -> Result<(), TrainingError> {
    let config = folder.config()?;
    let context = tasks::Context { datasets };
    let task = tasks::build(&config.task.kind, &config.task.options, &context)?;
    let checksum = task.facts().checksum;
    let provenance = provenance::now(&config.backend, &checksum, &arguments.command);
    folder.write_provenance(&provenance)?;
    let job = Job { config, seed: arguments.seed, task: Arc::from(task) };
    training::train(&job, folder, interrupter)?;
    Ok(())
}

/// Stops at the end of standard input, which the runner closes, also by dying, and at
/// SIGTERM. SIGINT is the runner's to answer.
fn stop_when_asked(interrupter: &Interrupter) -> anyhow::Result<()> {
    let at_end_of_input = interrupter.clone();
    std::thread::Builder::new()
        .name("end-of-input".into())
        .spawn(move || {
            let mut ignored = [0; 64];
            while matches!(std::io::stdin().read(&mut ignored), Ok(read) if read > 0) {}
            at_end_of_input.stop(Some("asked to stop"));
        })
        .context("cannot watch standard input")?;
    let at_signal = interrupter.clone();
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM])
        .context("cannot listen to signals")?;
    std::thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal == SIGTERM {
                    at_signal.stop(Some("asked to stop"));
                }
            }
        })
        .context("cannot listen to signals")?;
    Ok(())
}
