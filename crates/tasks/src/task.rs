//! What a task is: its shape, its facts and its batches.

use std::collections::BTreeMap;

/// Sequences with one thing to predict about each of them.
///
/// Nothing here depends on what was asked before: a batch is a function of its arguments
/// alone, so a run that is stopped and resumed sees the data of one that was not.
pub trait Task: Send + Sync {
    /// Sizes that a model for this task needs.
    fn shape(&self) -> TaskShape;

    /// What a report must say of the task.
    fn facts(&self) -> TaskFacts;

    /// `size` training sequences for optimizer step `step` (from 0, counted over the whole
    /// run) of the replicate `seed`.
    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch;

    /// Number of sequences in a held-out split.
    fn split_len(&self, split: Split) -> usize;

    /// Sequences `start..min(start + size, split_len)` of a held-out split, in fixed
    /// order; empty if `start` is past the end.
    fn evaluation_batch(&self, split: Split, start: usize, size: usize) -> Batch;
}

/// Sizes that a model needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskShape {
    /// Values in each step.
    pub channels: usize,
    /// Steps of the longest sequence in any split.
    pub max_steps: usize,
    /// What is predicted for each sequence.
    pub target: Target,
}

/// What is predicted for each sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One of `classes` classes.
    Class {
        /// Number of classes.
        classes: usize,
    },
    /// `values` real numbers.
    Value {
        /// How many numbers.
        values: usize,
    },
}

/// A score that a target is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Name in results and experiment files.
    pub name: &'static str,
    /// What it measures, and its unit.
    pub doc: &'static str,
    /// Whether a larger score is the better one.
    pub higher_is_better: bool,
}

impl Target {
    /// Width of a model's output: a logit for each class, or a number for each value.
    pub fn outputs(&self) -> usize {
        match *self {
            Self::Class { classes } => classes,
            Self::Value { values } => values,
        }
    }

    /// The scores reported for such a target; the first is the one that is trained on.
    pub fn metrics(&self) -> &'static [Metric] {
        match self {
            Self::Class { .. } => &[
                Metric { name: "loss", doc: "Cross-entropy in nats.", higher_is_better: false },
                Metric {
                    name: "accuracy",
                    doc: "Share of sequences whose class has the largest logit.",
                    higher_is_better: true,
                },
            ],
            Self::Value { .. } => &[
                Metric { name: "loss", doc: "Mean squared error.", higher_is_better: false },
                Metric {
                    name: "mean_absolute_error",
                    doc: "Mean absolute error, in units of the target.",
                    higher_is_better: false,
                },
            ],
        }
    }
}

/// A held-out part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Split {
    /// Selects weights and tuned options.
    Validation,
    /// Selects nothing.
    Test,
}

/// Padded sequences and their targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Number of sequences.
    pub size: usize,
    /// Steps of the longest sequence in this batch.
    pub steps: usize,
    /// Values in each step.
    pub channels: usize,
    /// `[size, steps, channels]`, row-major; zero after the end of a sequence.
    pub inputs: Vec<f32>,
    /// Steps of each sequence, `[size]`.
    pub lengths: Vec<usize>,
    /// What to predict.
    pub targets: Targets,
}

/// What to predict for each sequence of a batch.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// Index of the class, `[size]`.
    Classes(Vec<u32>),
    /// Numbers, `[size, values]`, row-major.
    Values(Vec<f32>),
}

impl Batch {
    /// Pads `sequences`, each `[its steps, channels]` and row-major, with zeros to the
    /// length of the longest.
    pub fn pad(channels: usize, sequences: &[&[f32]], targets: Targets) -> Self {
        let lengths: Vec<_> = sequences.iter().map(|values| values.len() / channels).collect();
        let size = sequences.len();
        let steps = lengths.iter().copied().max().unwrap_or(0);
        let mut inputs = vec![0.0; size * steps * channels];
        if steps > 0 {
            for (row, values) in inputs.chunks_exact_mut(steps * channels).zip(sequences) {
                row[..values.len()].copy_from_slice(values);
            }
        }
        Self { size, steps, channels, inputs, lengths, targets }
    }
}

/// What a report must say of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskFacts {
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show, in sentences.
    pub limits: String,
    /// Test scores, by metric, of a prediction that ignores the input, computed on this
    /// data.
    pub trivial: BTreeMap<String, f64>,
    /// How that prediction is made.
    pub trivial_rule: String,
    /// BLAKE3 of the data files, or of a sample of the generator, in hexadecimal.
    pub checksum: String,
    /// Sequences in the training, validation and test split; 0 for training data that is
    /// generated without end.
    pub split_sizes: [usize; 3],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_zero_and_goes_after_the_end() {
        let targets = Targets::Classes(vec![0, 1]);
        let batch = Batch::pad(2, &[&[1.0, 2.0], &[3.0, 4.0, 5.0, 6.0]], targets.clone());
        let expected = Batch {
            size: 2,
            steps: 2,
            channels: 2,
            inputs: vec![1.0, 2.0, 0.0, 0.0, 3.0, 4.0, 5.0, 6.0],
            lengths: vec![1, 2],
            targets,
        };
        assert_eq!(batch, expected);
    }

    #[test]
    fn no_sequences_make_an_empty_batch() {
        let batch = Batch::pad(3, &[], Targets::Values(Vec::new()));
        assert_eq!((batch.size, batch.steps, batch.inputs.len()), (0, 0, 0));
    }

    #[test]
    fn the_metrics_of_each_target_point_the_right_way() {
        let directions = |target: Target| -> Vec<_> {
            target.metrics().iter().map(|m| (m.name, m.higher_is_better)).collect()
        };
        let class = Target::Class { classes: 9 };
        assert_eq!(class.outputs(), 9);
        assert_eq!(directions(class), [("loss", false), ("accuracy", true)]);
        let value = Target::Value { values: 2 };
        assert_eq!(value.outputs(), 2);
        assert_eq!(directions(value), [("loss", false), ("mean_absolute_error", false)]);
    }
}
