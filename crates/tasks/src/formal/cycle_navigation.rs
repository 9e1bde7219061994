//! Cycle navigation: where on a ring of five does a walk end?
//!
//! Each token is a step: back, stay, or forward. The class is the place after all of them,
//! modulo 5, from 0.
//!
//! ```text
//! + + 0 - + +      class 3
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("cycle_navigation", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let place = tokens.iter().map(|token| i64::from(*token) - 1).sum::<i64>().rem_euclid(5);
//! assert_eq!(batch.targets, Targets::Classes(vec![place as u32]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! As in Deletang et al. 2023 (arXiv:2207.02098): trained on lengths 1 to 40, tested beyond. There
//! a run takes a million steps and the best of several seeds and learning rates counts.

use rand_chacha::ChaCha8Rng;
use schema::Key;

use crate::entry::read_options;
use crate::formal::Beyond;
use crate::generated::uniform_over;
use crate::metric::{Metric, accuracy, cross_entropy};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Names, Target, Targets,
    TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: CycleNavigation::NAME,
    summary: CycleNavigation::SUMMARY,
    about: include_str!("cycle_navigation.rs"),
    keys: KEYS,
    build: |options, _: &Context| {
        let beyond: Beyond = read_options(ENTRY.name, options)?;
        Ok(Box::new(Generated::new(CycleNavigation, beyond.lengths(ENTRY.name, 1)?)?))
    },
};

const KEYS: &[Key] = &crate::keys::BEYOND;

/// The generator.
struct CycleNavigation;

impl Generator for CycleNavigation {
    const NAME: &'static str = "cycle_navigation";
    const SUMMARY: &'static str =
        "the place on a ring of 5 after a walk of steps back, none and forward";
    const LIMITS: &'static str = "A state of five values that turn solves it for every length; a network that can only add \
         up loses count beyond what it was trained on.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every place alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 3 },
            longest,
            Target::Class { classes: PLACES },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let steps: Vec<u32> = (0..length).map(|_| below(rng, 3) as u32).collect();
        let place =
            steps.iter().fold(0, |place, step| (place + *step as usize + PLACES - 1) % PLACES);
        Example::of_tokens(steps, Targets::Classes(vec![place as u32]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(PLACES, 0..PLACES, batch.size)
    }

    fn names(&self) -> Names {
        let tokens = ["-", "0", "+"].map(str::to_owned).to_vec();
        let classes = (0..PLACES).map(|place| place.to_string()).collect();
        Names { tokens, classes, ..Names::default() }
    }
}

/// Places on the ring.
const PLACES: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Lengths, Task};

    #[test]
    fn every_place_is_about_as_likely_after_a_long_walk() {
        let task =
            Generated::new(CycleNavigation, Lengths::beyond(60, 70, 80, [9, 900], 0, 0)).unwrap();
        let Targets::Classes(classes) = task.training_batch(0, 0, 2500).targets else {
            panic!("classes")
        };
        let mut counts = [0_i32; PLACES];
        for class in classes {
            counts[class as usize] += 1;
        }
        assert!(counts.iter().all(|count| (count - 500).abs() < 100), "{counts:?}");
        let trivial = task.facts().trivial;
        assert!((trivial["loss"] - 5.0_f64.ln()).abs() < 1e-9);
        assert!((trivial["accuracy"] - 0.2).abs() < 0.07, "{trivial:?}");
    }
}
