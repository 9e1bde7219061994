//! What a task is: its shape, its parts, its facts and its batches.

use std::collections::BTreeMap;

use crate::Batch;
use crate::metric::{Metric, Setting};
use crate::shape::TaskShape;

/// Sequences with something to predict about each of them, or about steps of them.
///
/// Nothing here depends on what was asked before: a batch is a function of its arguments
/// alone, so a run that is stopped and resumed sees the data of one that was not, and
/// batches may be made ahead on another thread.
pub trait Task: Send + Sync {
    /// Sizes that a model for this task needs.
    fn shape(&self) -> TaskShape;

    /// What a report must say of the task.
    fn facts(&self) -> TaskFacts;

    /// The scores that predictions are judged by, the loss first.
    fn metrics(&self) -> Vec<&'static Metric>;

    /// What those metrics must know of the task.
    fn setting(&self) -> Setting {
        Setting::of(self.shape().target)
    }

    /// The held-out parts: [`VALIDATION`], [`TEST`], then any others, which no choice is
    /// ever made by.
    fn parts(&self) -> &[Part];

    /// `size` training sequences for optimizer step `step` (from 0, counted over the whole
    /// run) of the replicate `seed`.
    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch;

    /// Sequences `start..min(start + size, parts()[part].sequences)` of a held-out part, in
    /// fixed order; empty if `start` is past the end.
    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch;

    /// Sequences that are evaluated at once. Scores do not depend on it, except that a task
    /// of streams ([`TaskShape::carried`]) has this many of them in each part.
    fn evaluation_size(&self) -> usize {
        250
    }

    /// What tokens, classes and channels are called, for people.
    fn names(&self) -> Names {
        Names::default()
    }
}

/// Place of the validation part, which selects weights and tuned options, in
/// [`Task::parts`].
pub const VALIDATION: usize = 0;
/// Place of the test part, which selects nothing, in [`Task::parts`].
pub const TEST: usize = 1;

/// A held-out part of the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `validation`, `test`, or what else it is called: letters, digits and `_`.
    pub name: String,
    /// Number of sequences.
    pub sequences: usize,
    /// Length of all its sequences, for a part that a score by length has a point for.
    pub length: Option<usize>,
}

impl Part {
    /// The two parts that every task has.
    pub fn validation_and_test(validation: usize, test: usize) -> Vec<Self> {
        let part = |name: &str, sequences| Self { name: name.into(), sequences, length: None };
        vec![part("validation", validation), part("test", test)]
    }
}

/// What a report must say of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFacts {
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show, in sentences.
    pub limits: String,
    /// Name of the metric that selects and is compared unless an experiment says otherwise;
    /// one of [`Task::metrics`].
    pub metric: &'static str,
    /// Test scores, by metric, of a prediction that ignores the input (or that nobody would
    /// call learning), computed on this data.
    pub trivial: BTreeMap<String, f64>,
    /// How that prediction is made.
    pub trivial_rule: String,
    /// BLAKE3 of the data files, or of a sample of the generator, in hexadecimal.
    pub checksum: String,
    /// Sequences in the training part; 0 for training data that is generated without end.
    pub training_sequences: usize,
}

/// What tokens, classes and channels are called; empty where a number says enough.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// By token.
    pub tokens: Vec<String>,
    /// By class, or by label.
    pub classes: Vec<String>,
    /// By channel of the input.
    pub channels: Vec<String>,
}
