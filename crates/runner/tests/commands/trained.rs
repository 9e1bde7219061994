//! What sweeps have come to, without times: for comparing bit by bit.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use store::{EventKind, Metrics, Reach, RunFolder};
use tasks::{Batch, Metric, Part, Task, TaskFacts, TaskShape};
use training::{Ending, Interrupter, Job};

use crate::workspace;

/// The folders of a sweep's runs by their place in it, `runs/gru-0123/seed-0`.
pub fn runs(sweep: &Path) -> BTreeMap<String, RunFolder> {
    let folders = |path: &Path| -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(path) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let seeds = folders(&sweep.join("runs")).into_iter().flat_map(|path| folders(&path));
    let named = |path: PathBuf| {
        let name = path.strip_prefix(sweep).unwrap().to_str().unwrap().to_owned();
        (name, RunFolder::new(path))
    };
    seeds.map(named).collect()
}

/// JSON without the times that are never the same.
fn without_times(path: &Path) -> Option<Value> {
    let mut value: Value = serde_json::from_slice(&std::fs::read(path).ok()?).unwrap();
    let object = value.as_object_mut().unwrap();
    for key in ["train_seconds", "total_seconds", "checksum"] {
        object.remove(key).unwrap();
    }
    // Records have numbers that are drawn anew in every process.
    object.remove("files");
    Some(value)
}

/// `result.json` of a run, if it is finished.
pub fn result(run: &RunFolder) -> Option<Value> {
    without_times(&run.path().join("result.json"))
}

/// All results of a sweep.
pub fn results(sweep: &Path) -> BTreeMap<String, Value> {
    runs(sweep).into_iter().filter_map(|(name, run)| Some((name, result(&run)?))).collect()
}

/// Epoch, step, training and validation metrics of every epoch of every run, the last
/// attempt's where attempts overlap.
pub fn curves(sweep: &Path) -> BTreeMap<String, Vec<(u64, u64, Metrics, Metrics)>> {
    let curve = |run: &RunFolder| {
        let events = run.events().unwrap();
        let curve = store::journal::evaluations(&events).into_iter().map(|event| {
            let EventKind::Evaluated { epoch, step, ref training, ref validation, .. } = event.kind
            else {
                panic!("not an evaluation: {event:?}")
            };
            (epoch, step, training.clone(), validation.clone())
        });
        curve.collect()
    };
    runs(sweep).into_iter().map(|(name, run)| (name, curve(&run))).collect()
}

/// What a checkpoint holds.
#[derive(Debug, PartialEq)]
pub struct Checkpoint {
    /// `checkpoint.json`.
    pub state: Value,
    /// Shape and bytes of every tensor, by its file, the parameter and what of it.
    pub tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)>,
}

impl Checkpoint {
    /// The committed checkpoint of a run at rest, if it has one.
    pub fn of(run: &RunFolder) -> Option<Self> {
        let set = run.checkpoint_sets().unwrap().into_iter().next()?;
        let state = without_times(&set.join("checkpoint.json"))?;
        let mut tensors = BTreeMap::new();
        for name in ["model", "best", "optimizer"] {
            let path = set.join(format!("{name}.bpk"));
            if name == "best" && state["best"].is_null() {
                continue;
            }
            let bytes = burn_pack::Bytes::from_bytes_vec(std::fs::read(path).unwrap());
            let reader = burn_pack::Reader::from_bytes(bytes).unwrap();
            // Parameters have numbers that are drawn anew in every process; the optimizer's
            // record says which parameter has which.
            let parameters = reader.metadata().clone();
            for tensor in reader.into_tensors().unwrap() {
                let (tensor_name, _, shape, _, bytes) = tensor.into_parts().unwrap();
                let of = tensor_name.split_once('.').and_then(|(number, what)| {
                    Some(format!("{}: {what}", parameters.get(number)?))
                });
                let key = format!("{name}: {}", of.unwrap_or(tensor_name));
                let value = (shape.to_vec(), bytes.to_vec());
                assert!(tensors.insert(key, value).is_none());
            }
        }
        assert!(tensors.len() >= 3, "{state}");
        Some(Self { state, tensors })
    }

    /// The checkpoint after `step` steps of a run that nothing happens to before that.
    pub fn undisturbed(run: &RunFolder, seed: u64, step: u64) -> Self {
        let config = run.config().unwrap();
        let datasets = workspace().join("datasets");
        let options = config.task_options(seed).into_owned();
        let context = tasks::Context { datasets: &datasets };
        let task = tasks::build(&config.task.kind, &options, &context).unwrap();
        let interrupter = Interrupter::new();
        let task = Arc::new(StopAt { task, at: step, interrupter: interrupter.clone() });
        let job = Job {
            config,
            seed,
            task,
            checkpoint_every: Job::CHECKPOINT_EVERY,
            keep: store::Keep::None,
            probes: None,
        };
        let folder = tempfile::tempdir().unwrap();
        let alone = RunFolder::new(folder.path());
        let ending = training::train(&job, &alone, &interrupter, Reach::End).unwrap();
        assert_eq!(ending, Ending::Stopped(step));
        Self::of(&alone).unwrap()
    }

    /// Optimizer steps that it was taken after.
    pub fn step(&self) -> u64 {
        self.state["step"].as_u64().unwrap()
    }
}

/// A task that asks to stop when the batch after step `at` is drawn.
struct StopAt {
    task: Box<dyn Task>,
    at: u64,
    interrupter: Interrupter,
}

impl Task for StopAt {
    fn shape(&self) -> TaskShape {
        self.task.shape()
    }

    fn facts(&self) -> TaskFacts {
        self.task.facts()
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        if step == self.at {
            self.interrupter.stop(None);
        }
        self.task.training_batch(seed, step, size)
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        self.task.metrics()
    }

    fn parts(&self) -> &[Part] {
        self.task.parts()
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        self.task.evaluation_batch(part, start, size)
    }
}
