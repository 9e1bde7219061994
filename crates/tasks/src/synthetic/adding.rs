//! The adding problem: the sum of two marked numbers.
//!
//! Every step holds a number drawn uniformly from [0, 1) and a mark. Two distinct steps,
//! drawn uniformly from the whole sequence, are marked 1, the others 0. The target is the
//! sum of the two marked numbers. Training sequences are drawn without end.
//!
//! ```text
//! number  0.50  0.25  0.75  0.10  0.40
//! mark    0     1     0     0     1       target 0.25 + 0.40 = 0.65
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Split, Targets, build};
//!
//! let options = [("length".to_owned(), 5.into())].into_iter().collect();
//! let task = build("adding", &options, &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(Split::Test, 0, 1);
//! let marked = batch.inputs.chunks(2).filter(|step| step[1] == 1.0);
//! let sum: f32 = marked.map(|step| step[0]).sum();
//! assert_eq!(batch.targets, Targets::Values(vec![sum]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! As in Bai, Kolter and Koltun 2018 (arXiv:1803.01271); the original of Hochreiter and
//! Schmidhuber 1997 marks differently, with numbers in [-1, 1].

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::{
    Batch, Context, Split, Target, Targets, Task, TaskEntry, TaskFacts, TaskShape, below, stream,
    unit,
};

const SIZE: Kind = Kind::Integer { min: 1, max: 100_000 };

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "adding",
    summary: "the sum of the two marked numbers in a sequence of random ones",
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 2, max: 1_000_000 },
            Literal::Integer(100),
            "Steps of every sequence.",
        ),
        Key::new("validation_size", SIZE, Literal::Integer(1000), "Validation sequences."),
        Key::new("test_size", SIZE, Literal::Integer(1000), "Test sequences."),
    ],
    metric: "loss",
    build: |options, _: &Context| Ok(Box::new(read_options::<Adding>(ENTRY.name, options)?)),
};

const LIMITS: &str = "It tests whether two marked values survive a long lag among distractors, \
     not whether order is understood: the sum is the same in every order, so a model that pools \
     a nonlinear function of each step solves it without recurrence. All sequences have one \
     length and one distribution; nothing here speaks for longer ones.";

/// Channels: the number and its mark.
const CHANNELS: usize = 2;

/// Mean of the target, whatever the input.
const MEAN: f32 = 1.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Adding {
    length: usize,
    validation_size: usize,
    test_size: usize,
}

/// The marked steps of a sequence and the numbers there.
struct Marked {
    steps: [usize; 2],
    numbers: [f32; 2],
}

impl Marked {
    /// The first draws from a sequence's stream, so that targets can be had without the
    /// distractors.
    fn draw(length: usize, rng: &mut ChaCha8Rng) -> Self {
        let first = below(rng, length);
        let other = below(rng, length - 1);
        let second = if other < first { other } else { other + 1 };
        Self { steps: [first, second], numbers: [unit(rng), unit(rng)] }
    }

    fn sum(&self) -> f32 {
        self.numbers[0] + self.numbers[1]
    }
}

/// Seed and purpose of a held-out split: the same sequences for every replicate.
fn held_out(split: Split) -> (u64, &'static str) {
    match split {
        Split::Validation => (0, "adding validation"),
        Split::Test => (0, "adding test"),
    }
}

impl Adding {
    /// One sequence from each of `streams`.
    fn batch(&self, streams: impl Iterator<Item = ChaCha8Rng>) -> Batch {
        let row = self.length * CHANNELS;
        let (mut inputs, mut sums) = (Vec::new(), Vec::new());
        for mut rng in streams {
            let marked = Marked::draw(self.length, &mut rng);
            sums.push(marked.sum());
            let start = inputs.len();
            inputs.resize(start + row, 0.0);
            let sequence = &mut inputs[start..];
            for step in sequence.chunks_exact_mut(CHANNELS) {
                step[0] = unit(&mut rng);
            }
            for (step, number) in marked.steps.into_iter().zip(marked.numbers) {
                sequence[step * CHANNELS..][..CHANNELS].copy_from_slice(&[number, 1.0]);
            }
        }
        let size = sums.len();
        Batch {
            size,
            steps: if size == 0 { 0 } else { self.length },
            channels: CHANNELS,
            inputs,
            lengths: vec![self.length; size],
            targets: Targets::Values(sums),
        }
    }

    /// Scores of predicting the mean of the target for every test sequence.
    fn mean_scores(&self) -> BTreeMap<String, f64> {
        let (seed, purpose) = held_out(Split::Test);
        let errors = (0..self.test_size as u64).map(|index| {
            let marked = Marked::draw(self.length, &mut stream(seed, purpose, 0, index));
            f64::from(marked.sum() - MEAN)
        });
        let (squares, sizes) =
            errors.fold((0.0, 0.0), |(squares, sizes), e| (squares + e * e, sizes + e.abs()));
        [("loss", squares), ("mean_absolute_error", sizes)]
            .map(|(metric, sum)| (metric.to_owned(), sum / self.test_size as f64))
            .into()
    }
}

impl Task for Adding {
    fn shape(&self) -> TaskShape {
        let target = Target::Value { values: 1 };
        TaskShape { channels: CHANNELS, max_steps: self.length, target }
    }

    fn facts(&self) -> TaskFacts {
        TaskFacts {
            summary: ENTRY.summary.into(),
            limits: LIMITS.into(),
            trivial: self.mean_scores(),
            trivial_rule: "the mean of the target, 1, whatever the input".into(),
            checksum: generator_checksum(),
            split_sizes: [0, self.validation_size, self.test_size],
        }
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        self.batch((0..size as u64).map(|index| stream(seed, "adding training", step, index)))
    }

    fn split_len(&self, split: Split) -> usize {
        match split {
            Split::Validation => self.validation_size,
            Split::Test => self.test_size,
        }
    }

    fn evaluation_batch(&self, split: Split, start: usize, size: usize) -> Batch {
        let (seed, purpose) = held_out(split);
        let end = start.saturating_add(size).min(self.split_len(split));
        self.batch((start..end).map(|index| stream(seed, purpose, 0, index as u64)))
    }
}

/// Checksum of a small sample of every kind of batch: changes when the generator does.
fn generator_checksum() -> String {
    let sample = Adding { length: 8, validation_size: 4, test_size: 4 };
    let mut hasher = blake3::Hasher::new();
    for batch in [
        sample.training_batch(0, 0, 4),
        sample.evaluation_batch(Split::Validation, 0, 4),
        sample.evaluation_batch(Split::Test, 0, 4),
    ] {
        let Targets::Values(sums) = batch.targets else { continue };
        for value in batch.inputs.iter().chain(&sums) {
            hasher.update(&value.to_le_bytes());
        }
    }
    hasher.finalize().to_hex().to_string()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "marks are exactly 0 or 1")]
mod tests {
    use super::*;

    const ADDING: Adding = Adding { length: 10, validation_size: 50, test_size: 4000 };

    /// Marked steps of each sequence.
    fn marks(batch: &Batch) -> Vec<Vec<usize>> {
        let row = batch.steps * CHANNELS;
        batch
            .inputs
            .chunks(row)
            .map(|row| (0..batch.steps).filter(|t| row[t * CHANNELS + 1] == 1.0).collect())
            .collect()
    }

    #[test]
    fn the_target_is_the_sum_at_two_distinct_marks() {
        let batch = ADDING.training_batch(3, 5, 100);
        let Targets::Values(targets) = &batch.targets else { panic!("numbers") };
        let rows = batch.inputs.chunks(batch.steps * CHANNELS);
        for ((row, marks), target) in rows.zip(marks(&batch)).zip(targets) {
            assert_eq!(marks.len(), 2);
            let sum = row[marks[0] * CHANNELS] + row[marks[1] * CHANNELS];
            assert!((sum - target).abs() < 1e-6);
            assert!(row.chunks(CHANNELS).all(|step| (0.0..1.0).contains(&step[0])));
            assert!(row.chunks(CHANNELS).all(|step| step[1] == 0.0 || step[1] == 1.0));
        }
    }

    #[test]
    fn marks_are_uniform_over_the_whole_sequence() {
        let batch = ADDING.evaluation_batch(Split::Test, 0, 4000);
        let mut counts = vec![0_i32; ADDING.length];
        marks(&batch).into_iter().flatten().for_each(|step| counts[step] += 1);
        // 8000 marks over 10 steps: 800 each, standard deviation about 25.
        assert!(counts.iter().all(|count| (count - 800).abs() < 125), "{counts:?}");
    }

    #[test]
    fn the_shortest_sequence_has_both_steps_marked() {
        let shortest = Adding { length: 2, validation_size: 1, test_size: 1 };
        let batch = shortest.training_batch(0, 0, 20);
        assert!(marks(&batch).iter().all(|marks| marks == &[0, 1]));
    }

    #[test]
    fn predicting_the_mean_scores_about_a_sixth() {
        let scores = ADDING.mean_scores();
        // Of the sum of two uniform numbers: variance 1/6, mean absolute deviation 1/3.
        assert!((scores["loss"] - 1.0 / 6.0).abs() < 0.015, "{scores:?}");
        assert!((scores["mean_absolute_error"] - 1.0 / 3.0).abs() < 0.02, "{scores:?}");
        let Targets::Values(targets) = ADDING.evaluation_batch(Split::Test, 0, 4000).targets else {
            panic!("numbers")
        };
        let square = |target: &f32| f64::from(target - MEAN).powi(2);
        let loss = targets.iter().map(square).sum::<f64>() / 4000.0;
        assert!((loss - scores["loss"]).abs() < 1e-12, "the trivial score is of the test split");
    }

    #[test]
    fn the_longest_sequence_costs_nothing_to_describe() {
        let longest = Adding { length: 1_000_000, validation_size: 1, test_size: 100_000 };
        assert_eq!(longest.facts().split_sizes, [0, 1, 100_000]);
        assert_eq!(longest.facts().checksum, ADDING.facts().checksum);
    }

    #[test]
    fn the_generator_is_pinned() {
        let batch = Adding { length: 3, ..ADDING }.training_batch(0, 0, 2);
        insta::assert_compact_debug_snapshot!(
            (batch.inputs, batch.targets),
            @"([0.14734644, 0.0, 0.5189946, 1.0, 0.6484783, 1.0, 0.5540523, 0.0, 0.5522309, 1.0, 0.47050363, 1.0], Values([1.167473, 1.0227345]))"
        );
    }
}
