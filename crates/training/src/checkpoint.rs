//! Checkpoints as one committed set.
//!
//! A set is a folder `epoch-<n>` with the records of model, optimizer, learning-rate
//! scheduler and best weights. `checkpoint.json` beside it names the set that counts and
//! holds the rest of the state; it is replaced by one rename, which is the commit. A crash
//! at any moment leaves the old set or the new one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn_train::checkpoint::{
    Checkpoint as Record, Checkpointer, CheckpointerError, CheckpointingAction,
    CheckpointingStrategy,
};
use burn_train::metric::store::EventStoreClient;
use serde::{Deserialize, Serialize};
use store::{Metrics, write_atomically};

use crate::TrainingError;
use crate::early_stopping::Improved;

/// Everything of the training loop's state that is not a tensor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Version of this format.
    pub format: u32,
    /// Identity of the run's configuration.
    pub identity: String,
    /// Replicate seed.
    pub seed: u64,
    /// Epochs done.
    pub epoch: u64,
    /// Optimizer steps taken.
    pub step: u64,
    /// Validation scores after the last epoch.
    pub validation: Metrics,
    /// Epoch, step and validation scores of the best weights.
    pub best: Option<BestScore>,
    /// When early stopping last saw an improvement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub improved: Option<Improved>,
    /// Seconds of training steps, all attempts together.
    pub train_seconds: f64,
    /// Seconds of the whole run, all attempts together.
    pub total_seconds: f64,
}

/// When the best weights were reached, and their validation scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BestScore {
    /// Epochs done.
    pub epoch: u64,
    /// Optimizer steps taken.
    pub step: u64,
    /// On the validation split.
    pub validation: Metrics,
}

impl State {
    /// Version written by this program.
    pub const FORMAT: u32 = 1;

    /// Before the first step.
    pub fn new(identity: String, seed: u64) -> Self {
        Self {
            format: Self::FORMAT,
            identity,
            seed,
            epoch: 0,
            step: 0,
            validation: Metrics::new(),
            best: None,
            improved: None,
            train_seconds: 0.0,
            total_seconds: 0.0,
        }
    }
}

/// The records of a set.
pub struct Records {
    /// The weights.
    pub model: ModuleRecord,
    /// The optimizer's moments.
    pub optimizer: OptimizerRecord,
    /// The learning-rate scheduler's place.
    pub scheduler: LrSchedulerRecord,
    /// The weights that were best on validation, if any were.
    pub best: Option<ModuleRecord>,
}

/// The checkpoint of a run, in its folder `checkpoint/`.
#[derive(Debug, Clone)]
pub struct CheckpointFolder {
    path: PathBuf,
}

impl CheckpointFolder {
    /// Names the folder; nothing is read or written.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    fn set(&self, epoch: u64) -> PathBuf {
        self.path.join(format!("epoch-{epoch}"))
    }

    /// Commits a set and removes the one before.
    ///
    /// # Errors
    /// [`TrainingError::WriteCheckpoint`]; the set before is then still the one that counts.
    pub fn commit(&self, state: &State, records: Records) -> Result<(), TrainingError> {
        let fail = |reason: String| {
            let path = self.path.clone();
            TrainingError::WriteCheckpoint { path, reason }
        };
        let set = self.set(state.epoch);
        fs::create_dir_all(&set).map_err(|error| fail(error.to_string()))?;
        let Records { model, optimizer, scheduler, best } = records;
        let save = || -> Result<(), CheckpointerError> {
            write(&set, "model", model)?;
            write(&set, "optimizer", optimizer)?;
            write(&set, "scheduler", scheduler)?;
            best.map_or(Ok(()), |best| write(&set, "best", best))
        };
        save().map_err(|error| fail(error.to_string()))?;
        let text = serde_json::to_vec_pretty(state).map_err(|error| fail(error.to_string()))?;
        write_atomically(&self.path.join("checkpoint.json"), &text)?;
        self.remove_other_sets(&set).map_err(|error| fail(error.to_string()))
    }

    fn remove_other_sets(&self, kept: &Path) -> std::io::Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            if path.is_dir() && path != kept {
                fs::remove_dir_all(path)?;
            }
        }
        Ok(())
    }

    /// The committed set, if there is one for this run.
    ///
    /// # Errors
    /// [`TrainingError::ReadCheckpoint`] if it is damaged or of another run.
    pub fn read(
        &self,
        identity: &str,
        seed: u64,
    ) -> Result<Option<(State, Records)>, TrainingError> {
        let fail = |reason: String| {
            let path = self.path.clone();
            TrainingError::ReadCheckpoint { path, reason }
        };
        let text = match fs::read(self.path.join("checkpoint.json")) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(|error| fail(error.to_string()))?,
        };
        let state: State =
            serde_json::from_slice(&text).map_err(|error| fail(error.to_string()))?;
        if state.format != State::FORMAT || state.identity != identity || state.seed != seed {
            return Err(fail("it belongs to another run or version".into()));
        }
        let set = self.set(state.epoch);
        let load = || -> Result<Records, CheckpointerError> {
            Ok(Records {
                model: read(&set, "model")?,
                optimizer: read(&set, "optimizer")?,
                scheduler: read(&set, "scheduler")?,
                best: state.best.as_ref().map(|_| read(&set, "best")).transpose()?,
            })
        };
        let records = load().map_err(|error| fail(error.to_string()))?;
        Ok(Some((state, records)))
    }

    /// Removes the checkpoint of a finished run.
    ///
    /// # Errors
    /// [`TrainingError::WriteCheckpoint`].
    pub fn remove(&self) -> Result<(), TrainingError> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                let (path, reason) = (self.path.clone(), error.to_string());
                Err(TrainingError::WriteCheckpoint { path, reason })
            }
            _ => Ok(()),
        }
    }
}

fn file(set: &Path, name: &str) -> PathBuf {
    set.join(format!("{name}.bpk"))
}

fn write<R: Record>(set: &Path, name: &str, record: R) -> Result<(), CheckpointerError> {
    let bytes = record.checkpoint_into_bytes().map_err(CheckpointerError::Record)?;
    write_atomically(&file(set, name), &bytes)
        .map_err(|error| CheckpointerError::Unknown(error.to_string()))
}

fn read<R: Record>(set: &Path, name: &str) -> Result<R, CheckpointerError> {
    let bytes = fs::read(file(set, name)).map_err(CheckpointerError::IOError)?;
    R::checkpoint_from_bytes(burn::tensor::Bytes::from_bytes_vec(bytes))
        .map_err(CheckpointerError::Record)
}

/// Hands a record from burn-train's checkpointing, the only place that sees the learner's
/// optimizer, to the training loop.
pub struct RecordSender<R>(Mutex<Sender<R>>);

/// The other end of a [`RecordSender`].
pub type RecordReceiver<R> = Receiver<R>;

/// Two ends for one kind of record.
pub fn record_channel<R>() -> (RecordSender<R>, RecordReceiver<R>) {
    let (sender, receiver) = channel();
    (RecordSender(Mutex::new(sender)), receiver)
}

impl<R: Record> Checkpointer<R> for RecordSender<R> {
    fn save(&self, _epoch: usize, record: R) -> Result<(), CheckpointerError> {
        let sender = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        sender.send(record).map_err(|error| CheckpointerError::Unknown(error.to_string()))
    }

    fn delete(&self, _epoch: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _epoch: usize) -> Result<R, CheckpointerError> {
        Err(CheckpointerError::Unknown("checkpoints are read by CheckpointFolder".into()))
    }
}

/// Saves whenever it is asked: the training loop decides when.
#[derive(Debug, Clone, Copy)]
pub struct WhenAsked;

impl CheckpointingStrategy for WhenAsked {
    fn checkpointing(&mut self, _: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}
