//! `worker`: one run, in a process of its own.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use store::{RunFolder, StoreError};
use training::{Interrupter, Job, TrainingError};

use crate::arguments::WorkerArguments;
use crate::exit::{Exit, Failure};
use crate::provenance;
use crate::threads::bound;

/// Trains one run; standard input closing asks it to save and stop.
///
/// # Errors
/// [`Failure::Internal`]; the failure is then also the run's last event.
pub fn run(arguments: &WorkerArguments, datasets: &Path) -> Result<Exit, Failure> {
    let folder = RunFolder::new(&arguments.folder);
    let _lock = match folder.lock() {
        Err(StoreError::Locked { .. }) => return Ok(Exit::Left),
        Err(error) => {
            log(&error);
            return Ok(Exit::Unwritable);
        }
        Ok(lock) => lock,
    };
    let is_done = folder.result().context("cannot read the run's result")?.is_some()
        || arguments.reach().is_waited_at(&folder).context("cannot read the run's events")?;
    if is_done {
        return Ok(Exit::Left);
    }
    let interrupter = Interrupter::new();
    let asked = interrupter.clone();
    scheduler::on_stop(scheduler::GRACE, move || asked.stop(Some("asked to stop")))
        .context("cannot watch for the request to stop")?;
    let trained = bound(arguments.bind, || train(arguments, datasets, &folder, &interrupter));
    match trained {
        Ok(()) => Ok(Exit::Done),
        Err(error) => {
            if let Err(unwritable) = folder.record_failure(error.class(), &error.to_string()) {
                log(&unwritable);
                log(&error);
                return Ok(Exit::Unwritable);
            }
            Err(anyhow::Error::from(error).into())
        }
    }
}

/// Writes a line to the run's log. On a full disk that fails, too; to panic would tell the
/// runner that this is a bug.
fn log(line: &dyn std::fmt::Display) {
    writeln!(std::io::stderr(), "{line}").ok();
}

fn train(
    arguments: &WorkerArguments,
    datasets: &Path,
    folder: &RunFolder,
    interrupter: &Interrupter,
) -> Result<(), TrainingError> {
    let config = folder.config()?;
    let context = tasks::Context { datasets };
    let options = config.task_options(arguments.seed);
    let task = tasks::build(&config.task.kind, &options, &context)?;
    let checksum = task.facts().checksum;
    let started = Instant::now();
    let device = training::device_name(&training::device(&config.backend)?);
    let mut provenance = provenance::now(&config.backend, device, &checksum, &arguments.command);
    if folder.checkpoint_path().exists()
        && let Some(before) = folder.provenance()?
    {
        provenance.goes_on_from(&before);
    }
    folder.write_provenance(&provenance)?;
    let job = Job {
        config,
        seed: arguments.seed,
        task: Arc::from(task),
        checkpoint_every: arguments.checkpoint_every,
        keep: arguments.keep,
        probes: arguments.probes,
    };
    training::train(&job, folder, interrupter, arguments.reach())?;
    provenance.peak_memory = scheduler::peak_memory();
    provenance.wall_seconds = Some(started.elapsed().as_secs_f64());
    folder.write_provenance(&provenance)?;
    Ok(())
}
