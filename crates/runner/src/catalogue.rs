//! What exists, for the experiment file: the registries of architectures, tasks and
//! training.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use architectures::ARCHITECTURES;
use experiment::{Catalogue, Entry, TaskFacts, Unusable};
use schema::{Choice, Key, Options};
use store::{Goal, ModelConfig, PlannedPart, Sizes, TaskConfig};
use tasks::{TASKS, TEST, Task, TaskError, TaskShape, VALIDATION};
use training::{BACKENDS, TRAIN_KEYS};

/// The registries, with the data sets of one folder.
pub struct Registries<'a> {
    datasets: &'a Path,
    shapes: RefCell<HashMap<String, TaskShape>>,
    /// Of files of weights.
    digests: RefCell<HashMap<String, String>>,
}

impl<'a> Registries<'a> {
    /// With data sets from `datasets`.
    pub fn new(datasets: &'a Path) -> Self {
        Self { datasets, shapes: RefCell::default(), digests: RefCell::default() }
    }

    /// Builds a task, which reads its data, and remembers its shape.
    fn build(&self, kind: &str, options: &Options) -> Result<Box<dyn Task>, TaskError> {
        let context = tasks::Context { datasets: self.datasets };
        let task = tasks::build(kind, options, &context)?;
        self.shapes.borrow_mut().insert(key(kind, options), task.shape());
        Ok(task)
    }

    /// A task's shape; its data are read only if it was not built before.
    fn shape(&self, kind: &str, options: &Options) -> Result<TaskShape, String> {
        let known = self.shapes.borrow().get(&key(kind, options)).copied();
        let build = || self.build(kind, options).map_err(|error| error.to_string());
        known.map_or_else(|| Ok(build()?.shape()), Ok)
    }
}

fn key(kind: &str, options: &Options) -> String {
    format!("{kind} {options:?}")
}

impl Catalogue for Registries<'_> {
    fn architectures(&self) -> Vec<Entry> {
        let entry = |entry: &architectures::Entry| Entry { name: entry.name, keys: entry.keys };
        ARCHITECTURES.iter().map(entry).collect()
    }

    fn tasks(&self) -> Vec<Entry> {
        TASKS.iter().map(|entry| Entry { name: entry.name, keys: entry.keys }).collect()
    }

    fn train_keys(&self) -> &'static [Key] {
        TRAIN_KEYS
    }

    fn check_train(&self, options: &Options) -> Result<(), String> {
        training::check_options(options)
    }

    fn backends(&self) -> &'static [Choice] {
        BACKENDS
    }

    fn inspect_task(&self, kind: &str, options: &Options) -> Result<TaskFacts, Unusable> {
        let task = self.build(kind, options).map_err(|error| Unusable {
            reason: error.to_string(),
            lacks_data: error.is_of_missing_file(),
        })?;
        let facts = task.facts();
        let goal = |metric: &&tasks::Metric| {
            let goal = if metric.higher_is_better { Goal::Maximize } else { Goal::Minimize };
            (metric.name.to_owned(), goal)
        };
        let parts = task.parts();
        let sequences = |part: usize| parts[part].sequences;
        let planned = |part: &tasks::Part| PlannedPart {
            name: part.name.clone(),
            sequences: part.sequences,
            length: part.length,
        };
        Ok(TaskFacts {
            metrics: task.metrics().iter().map(goal).collect(),
            primary: facts.metric.to_owned(),
            summary: facts.summary,
            limits: facts.limits,
            trivial: facts.trivial,
            trivial_rule: facts.trivial_rule,
            checksum: facts.checksum,
            split_sizes: [facts.training_sequences, sequences(VALIDATION), sequences(TEST)],
            parts: parts.iter().skip(TEST + 1).map(planned).collect(),
        })
    }

    fn sizes(&self, model: &ModelConfig, task: &TaskConfig) -> Result<Sizes, String> {
        let shape = self.shape(&task.kind, &task.options)?;
        training::sizes(model, &shape).map_err(|error| error.to_string())
    }

    fn digest_weights(&self, file: &str) -> Result<String, String> {
        let known = self.digests.borrow().get(file).cloned();
        known.map_or_else(
            || {
                let digest = training::digest_weights(file).map_err(|error| error.to_string())?;
                self.digests.borrow_mut().insert(file.to_owned(), digest.clone());
                Ok(digest)
            },
            Ok,
        )
    }

    fn begin_anew(&self, model: &ModelConfig, task: &TaskConfig) -> Result<Vec<String>, String> {
        let shape = self.shape(&task.kind, &task.options)?;
        training::begin_anew(model, &shape).map_err(|error| error.to_string())
    }

    fn count_parameters(&self, model: &ModelConfig, task: &TaskConfig) -> Result<u64, String> {
        let shape = self.shape(&task.kind, &task.options)?;
        training::parameters(model, &shape).map_err(|error| error.to_string())
    }
}
