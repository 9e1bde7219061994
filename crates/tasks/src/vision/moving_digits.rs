//! Moving digits: in which of eight directions does a digit move?
//!
//! A picture of 8 by 8 pixels moves over a field of 16 by 16 whose opposite edges are joined,
//! one pixel a step in one of eight directions, from any place. Each step is a frame. Neither
//! a single frame nor the mean of all tells the direction: it lies in the order alone.
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, build};
//!
//! let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
//! let task = build("moving_digits", &Default::default(), &Context { datasets: &datasets })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Values(pixels) = &batch.inputs else { panic!("numbers") };
//! let brightness = |frame: &[f32]| frame.iter().map(|pixel| f64::from(*pixel)).sum::<f64>();
//! let frames: Vec<f64> = pixels.chunks(256).map(brightness).collect();
//! assert!(frames.iter().all(|frame| (frame - frames[0]).abs() < 1e-3), "nothing is lost");
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! After Moving MNIST of Srivastava, Mansimov and Salakhutdinov 2015 (arXiv:1502.04681), where
//! digits bounce and the next frames are predicted. Digits of training, validation and test are
//! different pictures: 0 to 718, 719 to 897 and 898 to 1796 of the task `digits`.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy, scores_of};
use crate::vision::shipped_digits::{self, SIDE, TRAINING};
use crate::{
    Answers, Batch, Context, Example, Input, Names, Part, TEST, Target, Targets, Task, TaskEntry,
    TaskError, TaskFacts, TaskShape, VALIDATION, below, stream,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "moving_digits",
    summary: "the direction in which a digit moves, from frames of 16 by 16 pixels",
    about: include_str!("moving_digits.rs"),
    keys: &[
        Key::new(
            "frames",
            Kind::Integer { min: 2, max: 10_000 },
            Literal::Integer(8),
            "Frames of every sequence.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build,
};

const LIMITS: &str = "It tests whether the order of frames is used. Two frames tell the direction, \
     so it does not test a long memory; motion is uniform and there is one digit.";

/// Pixels on a side of the field.
const FIELD: usize = 16;
/// Pixels down and to the right in a step, modulo the field, by class.
const DIRECTIONS: [(&str, usize, usize); 8] = [
    ("up", FIELD - 1, 0),
    ("up right", FIELD - 1, 1),
    ("right", 0, 1),
    ("down right", 1, 1),
    ("down", 1, 0),
    ("down left", 1, FIELD - 1),
    ("left", 0, FIELD - 1),
    ("up left", FIELD - 1, FIELD - 1),
];
/// Pictures for training; those from here to [`TRAINING`] are for validation.
const VALIDATED: usize = 719;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    frames: usize,
    validation_size: usize,
    test_size: usize,
}

/// The task.
struct MovingDigits {
    frames: usize,
    parts: Vec<Part>,
    pictures: Vec<Vec<f32>>,
    checksum: String,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let Config { frames, validation_size, test_size } = read_options(ENTRY.name, options)?;
    let shipped = shipped_digits::read(context)?;
    let parts = Part::validation_and_test(validation_size, test_size);
    let (pictures, checksum) = (shipped.pictures, shipped.checksum);
    Ok(Box::new(MovingDigits { frames, parts, pictures, checksum }))
}

impl MovingDigits {
    /// A sequence with one of some pictures.
    fn draw(&self, pictures: Range<usize>, rng: &mut ChaCha8Rng) -> Example {
        let picture = &self.pictures[pictures.start + below(rng, pictures.len())];
        let class = below(rng, DIRECTIONS.len());
        let (mut top, mut left) = (below(rng, FIELD), below(rng, FIELD));
        let (_, down, right) = DIRECTIONS[class];
        let mut pixels = vec![0.0; self.frames * FIELD * FIELD];
        for frame in pixels.chunks_exact_mut(FIELD * FIELD) {
            for (row, line) in picture.chunks_exact(SIDE).enumerate() {
                for (column, &pixel) in line.iter().enumerate() {
                    frame[(top + row) % FIELD * FIELD + (left + column) % FIELD] = pixel;
                }
            }
            (top, left) = ((top + down) % FIELD, (left + right) % FIELD);
        }
        Example::of_values(pixels, Targets::Classes(vec![class as u32]))
    }

    fn pictures_of(&self, part: usize) -> Range<usize> {
        if part == VALIDATION { VALIDATED..TRAINING } else { TRAINING..self.pictures.len() }
    }

    fn batch(&self, examples: &[Example]) -> Batch {
        let TaskShape { input, target, .. } = self.shape();
        Batch::pad(input, target, examples)
    }
}

impl Task for MovingDigits {
    fn shape(&self) -> TaskShape {
        TaskShape::new(
            Input::Frames { height: FIELD, width: FIELD, channels: 1 },
            self.frames,
            Target::Class { classes: DIRECTIONS.len() },
            Answers::Sequence,
        )
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        vec![&cross_entropy::METRIC, &accuracy::METRIC]
    }

    fn facts(&self) -> TaskFacts {
        let alike = vec![0.0; DIRECTIONS.len()];
        let all = (0..self.parts[TEST].sequences).step_by(self.evaluation_size());
        let batches = all.map(|start| self.evaluation_batch(TEST, start, self.evaluation_size()));
        TaskFacts {
            summary: ENTRY.summary.into(),
            limits: LIMITS.into(),
            metric: "accuracy",
            trivial: scores_of(&self.metrics(), &self.setting(), batches, |batch| {
                alike.repeat(batch.size)
            }),
            trivial_rule: "every direction alike, whatever the input".into(),
            checksum: self.checksum.clone(),
            training_sequences: 0,
        }
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let rng = |index| stream(seed, "moving_digits training", step, index);
        let example = |index| self.draw(0..VALIDATED, &mut rng(index));
        self.batch(&(0..size as u64).map(example).collect::<Vec<_>>())
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        let end = start.saturating_add(size).min(self.parts[part].sequences);
        let purpose = format!("moving_digits {}", self.parts[part].name);
        let rng = |index| stream(0, &purpose, 0, index as u64);
        let example = |index| self.draw(self.pictures_of(part), &mut rng(index));
        self.batch(&(start..end).map(example).collect::<Vec<_>>())
    }

    fn names(&self) -> Names {
        let classes = DIRECTIONS.iter().map(|(name, ..)| (*name).to_owned()).collect();
        Names { classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::Inputs;

    fn task() -> Box<dyn Task> {
        let datasets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        crate::build("moving_digits", &Options::new(), &Context { datasets: &datasets }).unwrap()
    }

    /// The frames of each sequence, and its class.
    fn sequences(batch: &Batch) -> Vec<(Vec<f32>, usize)> {
        let (Inputs::Values(values), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("numbers and classes")
        };
        let rows = values.chunks(batch.steps * FIELD * FIELD);
        rows.zip(classes).map(|(row, &class)| (row.to_vec(), class as usize)).collect()
    }

    #[test]
    fn each_frame_is_the_one_before_moved() {
        for (pixels, class) in sequences(&task().training_batch(1, 0, 40)) {
            let frames: Vec<_> = pixels.chunks(FIELD * FIELD).collect();
            let (_, down, right) = DIRECTIONS[class];
            for pair in frames.windows(2) {
                for at in 0..FIELD * FIELD {
                    let (row, column) = ((at / FIELD + down) % FIELD, (at % FIELD + right) % FIELD);
                    assert_eq!(pair[1][row * FIELD + column].to_bits(), pair[0][at].to_bits());
                }
            }
        }
    }

    /// A nearest-centroid classifier on a view of the sequence: how often it is right on others.
    fn told_by(view: impl Fn(&[f32]) -> Vec<f64>) -> f64 {
        let task = task();
        let mut centroids = vec![vec![0.0; view(&vec![0.0; 8 * 256]).len()]; 8];
        let mut counts = [0.0; 8];
        for (pixels, class) in sequences(&task.training_batch(0, 0, 4000)) {
            let sum = centroids[class].iter_mut().zip(view(&pixels));
            sum.for_each(|(sum, value)| *sum += value);
            counts[class] += 1.0;
        }
        for (centroid, count) in centroids.iter_mut().zip(counts) {
            for value in centroid {
                *value /= count;
            }
        }
        let test = sequences(&task.evaluation_batch(TEST, 0, 1000));
        let right = test.iter().filter(|(pixels, class)| {
            let seen = view(pixels);
            let distance = |centroid: &Vec<f64>| -> f64 {
                centroid.iter().zip(&seen).map(|(a, b)| (a - b).powi(2)).sum()
            };
            let nearest =
                (0..8).min_by(|&a, &b| distance(&centroids[a]).total_cmp(&distance(&centroids[b])));
            nearest == Some(*class)
        });
        right.count() as f64 / 1000.0
    }

    #[test]
    fn the_last_frame_does_not_tell_the_direction_and_two_frames_do() {
        let last =
            told_by(|pixels| pixels[7 * 256..].iter().map(|pixel| f64::from(*pixel)).collect());
        // Chance is 0.125, with a standard deviation of 0.0105.
        assert!(last < 0.18, "{last}");
        // The correlation of the last two frames, for each of the 3 by 3 moves of one pixel.
        let order = told_by(|pixels| {
            let (before, after) = (&pixels[6 * 256..7 * 256], &pixels[7 * 256..]);
            let correlation = |down: usize, right: usize| {
                (0..256)
                    .map(|at| {
                        let to = (at / 16 + down) % 16 * 16 + (at % 16 + right) % 16;
                        f64::from(before[at]) * f64::from(after[to])
                    })
                    .sum::<f64>()
            };
            let all: Vec<_> =
                DIRECTIONS.iter().map(|(_, down, right)| correlation(*down, *right)).collect();
            let largest = all.iter().copied().fold(0.0, f64::max);
            all.into_iter().map(|value| f64::from(u8::from(value >= largest))).collect()
        });
        assert!(order > 0.95, "{order}");
    }
}
