//! Checkpoints as committed sets.
//!
//! A set is a folder `epoch-<n>` with the records of model, optimizer, learning-rate scheduler and
//! best weights, the carried state of streams, and `checkpoint.json`, which holds the rest of the state and the checksum of
//! every record. It is written under another name and renamed, which is the commit: a crash at
//! any moment leaves the sets before, and with them the new one or not. The last two are kept. One
//! that is not as it was written is set aside, and the run goes on from the one before: it has to
//! do more steps again, and ends with the same bits.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

use architectures::Carried;
use burn::module::Module as _;
use burn::optim::OptimizerRecord;
use burn::optim::lr_scheduler::LrSchedulerRecord;
use burn::store::ModuleRecord;
use burn::tensor::{Device, Tensor, TensorData};
use burn_train::checkpoint::{
    Checkpoint as Record, Checkpointer, CheckpointerError, CheckpointingAction,
    CheckpointingStrategy,
};
use burn_train::metric::store::EventStoreClient;
use serde::{Deserialize, Serialize};
use store::{
    EventKind, Metrics, Reach, RunFolder, StoreError, Stored, digest, read_json, read_verified,
    remove_leftovers, set_damaged_aside, to_sealed_json,
};

use crate::early_stopping::Improved;
use crate::schedule::Plateau;
use crate::{Trainable, TrainingError};

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
    /// What a plateau schedule has seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plateau: Option<Plateau>,
    /// Shape of each tensor that the streams carry over, in the order of `carried.f32`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<[usize; 2]>,
    /// Seconds of training steps, all attempts together.
    pub train_seconds: f64,
    /// Seconds of the whole run, all attempts together.
    pub total_seconds: f64,
    /// [`digest`] of each file of the set; empty in format 1.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
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

impl Stored for State {
    const FORMAT: u32 = Self::FORMAT;
    const SEALED: u32 = 2;

    fn format(&self) -> u32 {
        self.format
    }
}

impl State {
    /// Version written by this program.
    pub const FORMAT: u32 = 2;

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
            plateau: None,
            carried: Vec::new(),
            train_seconds: 0.0,
            total_seconds: 0.0,
            files: BTreeMap::new(),
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
    /// What the streams of the next batch go on from; empty in a task without streams.
    pub carried: Carried,
}

/// A set that a run goes on from.
pub struct Resumed {
    /// All that is not a tensor.
    pub state: State,
    /// The model with its weights.
    pub model: Trainable,
    /// The same with those that were best on validation, if any were.
    pub best: Option<Trainable>,
    /// [`Records::optimizer`].
    pub optimizer: OptimizerRecord,
    /// [`Records::scheduler`].
    pub scheduler: LrSchedulerRecord,
    /// [`Records::carried`].
    pub carried: Carried,
}

/// What a run goes on from.
pub struct Committed {
    /// The newest set that is whole; `None` where there is none.
    pub newest: Option<Resumed>,
    /// An event for each set that was set aside, since it is not as it was written.
    pub damaged: Vec<EventKind>,
}

/// The checkpoint of a run, in its folder `checkpoint/`.
#[derive(Debug, Clone)]
pub struct CheckpointFolder {
    run: RunFolder,
    path: PathBuf,
}

/// Sets that are kept.
const KEPT: usize = 2;
/// What a set is called while it is written; whatever is called so is left over.
const UNCOMMITTED: &str = ".tmp-";

impl CheckpointFolder {
    /// The checkpoint of `run`; nothing is read or written.
    pub fn new(run: RunFolder) -> Self {
        Self { path: run.checkpoint_path(), run }
    }

    /// Commits a set, and removes all but the last two.
    ///
    /// # Errors
    /// [`TrainingError::WriteCheckpoint`]; the sets before then still count.
    pub fn commit(&self, state: &State, records: Records) -> Result<(), TrainingError> {
        self.try_commit(state, records).map_err(|reason| {
            let path = self.path.clone();
            TrainingError::WriteCheckpoint { path, reason }
        })
    }

    fn try_commit(&self, state: &State, records: Records) -> Result<(), String> {
        fn say<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<T, String> {
            result.map_err(|error| error.to_string())
        }
        let name = format!("epoch-{}", state.epoch);
        let (set, new) = (self.path.join(&name), self.path.join(format!("{UNCOMMITTED}{name}")));
        say(fs::create_dir_all(&self.path))?;
        say(remove_leftovers(&self.path))?;
        say(fs::create_dir(&new))?;
        let Records { model, optimizer, scheduler, best, carried } = records;
        let mut files = BTreeMap::new();
        let mut put = |name: &str, bytes: Result<burn::tensor::Bytes, _>| {
            let bytes = say::<_, burn::store::RecordError>(bytes)?;
            let name = format!("{name}.bpk");
            say(write_synced(&new.join(&name), &bytes))?;
            files.insert(name, digest(&bytes));
            Ok::<_, String>(())
        };
        put("model", model.checkpoint_into_bytes())?;
        put("optimizer", optimizer.checkpoint_into_bytes())?;
        put("scheduler", scheduler.checkpoint_into_bytes())?;
        if let Some(best) = best {
            put("best", best.checkpoint_into_bytes())?;
        }
        let shapes: Vec<_> = carried.0.iter().map(Tensor::dims).collect();
        if !shapes.is_empty() {
            let mut bytes = Vec::new();
            for tensor in carried.0 {
                let values = say(tensor.into_data().try_to_vec::<f32>())?;
                bytes.extend(values.into_iter().flat_map(f32::to_le_bytes));
            }
            say(write_synced(&new.join(CARRIED), &bytes))?;
            files.insert(CARRIED.to_owned(), digest(&bytes));
        }
        let path = new.join(STATE);
        let state = State { format: State::FORMAT, files, carried: shapes, ..state.clone() };
        say(write_synced(&path, say(to_sealed_json(&path, &state))?.as_bytes()))?;
        if set.exists() {
            // The same epoch again: a run that stops commits what it may have committed before.
            say(fs::rename(&set, self.path.join(format!("{UNCOMMITTED}old-{name}"))))?;
        }
        say(fs::rename(&new, &set))?;
        say(fs::File::open(&self.path).and_then(|folder| folder.sync_all()))?;
        say(remove_leftovers(&self.path))?;
        for old in say(self.run.checkpoint_sets())?.into_iter().skip(KEPT) {
            say(fs::remove_dir_all(old))?;
        }
        // Of a version that kept one set and its state beside it.
        match fs::remove_file(self.path.join(STATE)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    /// The newest committed set of this run that is whole, its weights in `model`. Those that are
    /// damaged, of another run or of a version of the program whose model has other weights are
    /// moved to the run's folder, out of the way, and so are those past the rung of `reach` whose
    /// run can no longer be judged there. The caller holds the run's lock.
    ///
    /// # Errors
    /// [`TrainingError::Store`] if a file cannot be read or moved.
    pub fn read(
        &self,
        identity: &str,
        seed: u64,
        reach: Reach,
        model: &Trainable,
        device: &Device,
    ) -> Result<Committed, TrainingError> {
        let unjudged = match reach {
            Reach::UpTo(rung) | Reach::StoppedAt(rung) if !self.run.is_evaluated_at(rung)? => {
                Some(rung)
            }
            _ => None,
        };
        let mut damaged = Vec::new();
        for set in self.run.checkpoint_sets()? {
            let read =
                self.read_set(&set, identity, seed, model, device).and_then(
                    |newest| match unjudged {
                        Some(rung) if newest.state.step >= rung => {
                            Err(self.run.no_evaluation_at(rung))
                        }
                        _ => Ok(newest),
                    },
                );
            match read {
                Ok(newest) => return Ok(Committed { newest: Some(newest), damaged }),
                Err(error) => {
                    let Some(reason) = error.fault() else { return Err(error.into()) };
                    let name = set.file_name().unwrap_or_default().to_string_lossy();
                    let file = format!("checkpoint/{name}");
                    let name = format!("checkpoint-{name}");
                    let to = set_damaged_aside(&set, self.run.path(), &name)?;
                    let to = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    damaged.push(EventKind::Damaged { file, reason, to });
                }
            }
        }
        Ok(Committed { newest: None, damaged })
    }

    fn read_set(
        &self,
        set: &Path,
        identity: &str,
        seed: u64,
        model: &Trainable,
        device: &Device,
    ) -> Result<Resumed, StoreError> {
        let other = |reason: &str| {
            let (path, reason) = (self.path.clone(), reason.into());
            StoreError::OtherRun { path, reason }
        };
        let state: Option<State> = match read_json(&set.join(STATE))? {
            Some(state) => Some(state),
            None => read_json(&self.path.join(STATE))?.filter(|state: &State| state.format == 1),
        };
        let state = state.ok_or_else(|| {
            let (path, reason) = (set.join(STATE), "it is missing".into());
            StoreError::Damaged { path, reason }
        })?;
        if state.identity != identity || state.seed != seed {
            return Err(other("its checkpoint is of another configuration or seed"));
        }
        if !set.ends_with(format!("epoch-{}", state.epoch)) {
            return Err(other("its checkpoint is of another epoch"));
        }
        let files = &state.files;
        let best = state.best.as_ref().map(|_| weights(set, "best", files, model)).transpose()?;
        Ok(Resumed {
            model: weights(set, "model", files, model)?,
            best,
            optimizer: read(set, "optimizer", files)?,
            scheduler: read(set, "scheduler", files)?,
            carried: read_carried(set, &state, device)?,
            state,
        })
    }

    /// Removes the checkpoint of a finished run.
    ///
    /// # Errors
    /// [`TrainingError::WriteCheckpoint`].
    pub fn remove(&self) -> Result<(), TrainingError> {
        match fs::remove_dir_all(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let (path, reason) = (self.path.clone(), error.to_string());
                Err(TrainingError::WriteCheckpoint { path, reason })
            }
            _ => Ok(()),
        }
    }
}

/// The state of a set.
const STATE: &str = "checkpoint.json";
/// What streams carry over: the tensors one after another, row-major, little-endian.
const CARRIED: &str = "carried.f32";

/// The carried state of a set, on `device`.
fn read_carried(set: &Path, state: &State, device: &Device) -> Result<Carried, StoreError> {
    let path = set.join(CARRIED);
    let bytes = match state.files.get(CARRIED) {
        Some(digest) => read_verified(&path, digest)?,
        None => Vec::new(),
    };
    let (numbers, _) = bytes.as_chunks::<4>();
    let mut numbers = numbers.iter().map(|bytes| f32::from_le_bytes(*bytes));
    let tensors = state.carried.iter().map(|&shape| {
        let values: Vec<f32> = numbers.by_ref().take(shape[0] * shape[1]).collect();
        Tensor::from_data(TensorData::new(values, shape), device)
    });
    let expected: usize = state.carried.iter().map(|[batch, width]| batch * width * 4).sum();
    if bytes.len() == expected {
        return Ok(Carried(tensors.collect()));
    }
    Err(StoreError::Damaged { path, reason: "it is not of the size that was written".into() })
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A record of a set, whose bytes are held against `files` before anything is made of them.
fn read<R: Record>(
    set: &Path,
    name: &str,
    files: &BTreeMap<String, String>,
) -> Result<R, StoreError> {
    let name = format!("{name}.bpk");
    let path = set.join(&name);
    let bytes = match files.get(&name) {
        Some(digest) => read_verified(&path, digest)?,
        // Of format 1, which had no checksums.
        None => fs::read(&path).map_err(|error| missing(&path, error))?,
    };
    R::checkpoint_from_bytes(burn::tensor::Bytes::from_bytes_vec(bytes))
        .map_err(|error| StoreError::Damaged { path, reason: error.to_string() })
}

/// The model with the weights of a record.
fn weights(
    set: &Path,
    name: &str,
    files: &BTreeMap<String, String>,
    model: &Trainable,
) -> Result<Trainable, StoreError> {
    let record: ModuleRecord = read(set, name, files)?;
    model.clone().try_load_record(record).map_err(|_| {
        let path = set.join(format!("{name}.bpk"));
        let reason = "its weights are not those that the model of this version has".into();
        StoreError::Damaged { path, reason }
    })
}

fn missing(path: &Path, source: io::Error) -> StoreError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::NotFound => StoreError::Damaged { path, reason: "it is missing".into() },
        _ => StoreError::Read { path, source },
    }
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
