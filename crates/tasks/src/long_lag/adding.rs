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
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let options = [("length".to_owned(), 5.into())].into_iter().collect();
//! let task = build("adding", &options, &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Values(inputs) = &batch.inputs else { panic!("numbers") };
//! let marked = inputs.chunks(2).filter(|step| step[1] == 1.0);
//! let sum: f32 = marked.map(|step| step[0]).sum();
//! assert_eq!(batch.targets, Targets::Values(vec![sum]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! As in Bai, Kolter and Koltun 2018 (arXiv:1803.01271); the original of Hochreiter and
//! Schmidhuber 1997 marks differently, with numbers in [-1, 1].

use rand_chacha::ChaCha8Rng;
use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, mean_absolute_error, squared_error};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Target, Targets,
    TaskEntry, TaskShape, below, unit,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: Adding::NAME,
    summary: Adding::SUMMARY,
    about: include_str!("adding.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 2, max: 1_000_000 },
            Literal::Integer(100),
            "Steps of every sequence.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
        Key::optional(
            "marks",
            Kind::OneOf(&[
                Choice { word: "anywhere", doc: "Two distinct steps of the whole sequence." },
                Choice {
                    word: "one-in-each-half",
                    doc: "One step of the first half, one of the second, as in Arjovsky et al. 2016.",
                },
            ]),
            "Where the marked steps are; anywhere if absent.",
        ),
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths::same(config.length, config.validation_size, config.test_size);
        Ok(Box::new(Generated::new(
            Adding { marks: config.marks.unwrap_or(Marks::Anywhere) },
            lengths,
        )?))
    },
};

/// Channels: the number and its mark.
const CHANNELS: usize = 2;

/// Mean of the target, whatever the input.
const MEAN: f32 = 1.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    validation_size: usize,
    test_size: usize,
    marks: Option<Marks>,
}

/// Where the marked steps are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Marks {
    Anywhere,
    OneInEachHalf,
}

/// The generator.
struct Adding {
    marks: Marks,
}

/// The marked steps of a sequence and the numbers there.
struct Marked {
    steps: [usize; 2],
    numbers: [f32; 2],
}

impl Marked {
    /// The first draws from a sequence's stream, so that targets can be had without the
    /// distractors.
    fn draw(marks: Marks, length: usize, rng: &mut ChaCha8Rng) -> Self {
        let steps = match marks {
            Marks::Anywhere => {
                let first = below(rng, length);
                let other = below(rng, length - 1);
                [first, if other < first { other } else { other + 1 }]
            }
            Marks::OneInEachHalf => {
                let half = length / 2;
                [below(rng, half), half + below(rng, length - half)]
            }
        };
        Self { steps, numbers: [unit(rng), unit(rng)] }
    }

    fn sum(&self) -> Targets {
        Targets::Values(vec![self.numbers[0] + self.numbers[1]])
    }
}

impl Generator for Adding {
    const NAME: &'static str = "adding";
    const SUMMARY: &'static str = "the sum of the two marked numbers in a sequence of random ones";
    const LIMITS: &'static str = "It tests whether two marked values survive a long lag among distractors, \
     not whether order is understood: the sum is the same in every order, so a model that pools \
     a nonlinear function of each step solves it without recurrence. All sequences have one \
     length and one distribution; nothing here speaks for longer ones.";
    const METRICS: &'static [&'static Metric] =
        &[&squared_error::METRIC, &mean_absolute_error::METRIC];
    const METRIC: &'static str = "loss";
    const TRIVIAL: &'static str = "the mean of the target, 1, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Vectors { channels: CHANNELS },
            longest,
            Target::Value { values: 1 },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let marked = Marked::draw(self.marks, length, rng);
        let mut sequence = vec![0.0; length * CHANNELS];
        for step in sequence.chunks_exact_mut(CHANNELS) {
            step[0] = unit(rng);
        }
        for (step, number) in marked.steps.into_iter().zip(marked.numbers) {
            sequence[step * CHANNELS..][..CHANNELS].copy_from_slice(&[number, 1.0]);
        }
        Example::of_values(sequence, marked.sum())
    }

    fn draw_targets(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        Example::of_values(Vec::new(), Marked::draw(self.marks, length, rng).sum())
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        vec![MEAN; batch.size]
    }

    fn names(&self) -> Names {
        Names { channels: vec!["number".into(), "mark".into()], ..Names::default() }
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "marks are exactly 0 or 1")]
mod tests {
    use super::*;

    use crate::{Inputs, TEST, Task};

    fn adding(length: usize, test_size: usize) -> Generated<Adding> {
        let adding = Adding { marks: Marks::Anywhere };
        Generated::new(adding, Lengths::same(length, 50, test_size)).unwrap()
    }

    fn inputs(batch: &Batch) -> &[f32] {
        let Inputs::Values(values) = &batch.inputs else { panic!("numbers") };
        values
    }

    /// Marked steps of each sequence.
    fn marks(batch: &Batch) -> Vec<Vec<usize>> {
        let row = batch.steps * CHANNELS;
        inputs(batch)
            .chunks(row)
            .map(|row| (0..batch.steps).filter(|t| row[t * CHANNELS + 1] == 1.0).collect())
            .collect()
    }

    #[test]
    fn the_target_is_the_sum_at_two_distinct_marks() {
        let batch = adding(10, 1).training_batch(3, 5, 100);
        let Targets::Values(targets) = &batch.targets else { panic!("numbers") };
        let rows = inputs(&batch).chunks(batch.steps * CHANNELS);
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
        let batch = adding(10, 4000).evaluation_batch(TEST, 0, 4000);
        let mut counts = [0_i32; 10];
        marks(&batch).into_iter().flatten().for_each(|step| counts[step] += 1);
        // 8000 marks over 10 steps: 800 each, standard deviation about 25.
        assert!(counts.iter().all(|count| (count - 800).abs() < 125), "{counts:?}");
    }

    #[test]
    fn one_mark_in_each_half_is_uniform_there() {
        let adding = Adding { marks: Marks::OneInEachHalf };
        let task = Generated::new(adding, Lengths::same(7, 1, 1)).unwrap();
        let mut counts = [0_i32; 7];
        for steps in marks(&task.training_batch(0, 0, 6000)) {
            assert!(steps[0] < 3 && steps[1] >= 3);
            for step in steps {
                counts[step] += 1;
            }
        }
        // 2000 each of 3, 1500 each of 4; five standard deviations.
        let expected = [2000, 2000, 2000, 1500, 1500, 1500, 1500];
        assert!(counts.iter().zip(expected).all(|(n, e)| (n - e).abs() < 185), "{counts:?}");
    }

    #[test]
    fn the_shortest_sequence_has_both_steps_marked() {
        let batch = adding(2, 1).training_batch(0, 0, 20);
        assert!(marks(&batch).iter().all(|marks| marks == &[0, 1]));
    }

    #[test]
    fn predicting_the_mean_scores_about_a_sixth() {
        let task = adding(10, 4000);
        let scores = task.facts().trivial;
        // Of the sum of two uniform numbers: variance 1/6, mean absolute deviation 1/3.
        assert!((scores["loss"] - 1.0 / 6.0).abs() < 0.015, "{scores:?}");
        assert!((scores["mean_absolute_error"] - 1.0 / 3.0).abs() < 0.02, "{scores:?}");
        let Targets::Values(targets) = task.evaluation_batch(TEST, 0, 4000).targets else {
            panic!("numbers")
        };
        let square = |target: &f32| f64::from(target - MEAN).powi(2);
        let loss = targets.iter().map(square).sum::<f64>() / 4000.0;
        assert!((loss - scores["loss"]).abs() < 1e-12, "the trivial score is of the test split");
    }

    #[test]
    fn the_longest_sequence_costs_nothing_to_describe() {
        let longest = adding(1_000_000, 100_000);
        assert_eq!(longest.parts()[TEST].sequences, 100_000);
        assert_eq!(longest.facts().checksum, adding(10, 1).facts().checksum);
    }

    #[test]
    fn the_generator_is_pinned() {
        let batch = adding(3, 1).training_batch(0, 0, 2);
        insta::assert_compact_debug_snapshot!(
            (inputs(&batch), &batch.targets),
            @"([0.14734644, 0.0, 0.5189946, 1.0, 0.6484783, 1.0, 0.5540523, 0.0, 0.5522309, 1.0, 0.47050363, 1.0], Values([1.167473, 1.0227345]))"
        );
    }
}
