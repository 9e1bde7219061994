//! Parity: is the number of ones odd?
//!
//! A string of bits; the class is the sum of the bits modulo 2.
//!
//! ```text
//! 1 0 1 1 0      class 1 (odd)
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("parity", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! assert_eq!(batch.targets, Targets::Classes(vec![tokens.iter().sum::<u32>() % 2]));
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
    name: Parity::NAME,
    summary: Parity::SUMMARY,
    about: include_str!("parity.rs"),
    keys: KEYS,
    build: |options, _: &Context| {
        let beyond: Beyond = read_options(ENTRY.name, options)?;
        Ok(Box::new(Generated::new(Parity, beyond.lengths(ENTRY.name, 1)?)?))
    },
};

const KEYS: &[Key] = &crate::keys::BEYOND;

/// The generator.
struct Parity;

impl Generator for Parity {
    const NAME: &'static str = "parity";
    const SUMMARY: &'static str = "whether a string of bits holds an odd number of ones";
    const LIMITS: &'static str = "One bit of state solves it for every length, but a state that only decays, or sums that only \
         grow, cannot hold that bit: a network without a state that can flip fails beyond what it \
         was trained on.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "both classes alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 2 },
            longest,
            Target::Class { classes: 2 },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let bits: Vec<u32> = (0..length).map(|_| below(rng, 2) as u32).collect();
        let odd = bits.iter().sum::<u32>() % 2;
        Example::of_tokens(bits, Targets::Classes(vec![odd]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(2, 0..2, batch.size)
    }

    fn names(&self) -> Names {
        let classes = ["even", "odd"].map(str::to_owned).to_vec();
        Names { tokens: vec!["0".into(), "1".into()], classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{Inputs, Lengths, Task, VALIDATION};

    fn strings(batch: &Batch) -> Vec<Vec<u32>> {
        let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
        let rows = tokens.chunks(batch.steps).zip(&batch.lengths);
        rows.map(|(row, &length)| row[..length].to_vec()).collect()
    }

    #[test]
    fn training_never_meets_a_validation_string_however_short() {
        let lengths = Lengths::beyond(1, 8, 16, [300, 300], 2, 50);
        let task = Generated::new(Parity, lengths).unwrap();
        let validation: BTreeSet<_> =
            strings(&task.evaluation_batch(VALIDATION, 0, 300)).into_iter().collect();
        let training: BTreeSet<_> =
            (0..50).flat_map(|step| strings(&task.training_batch(0, step, 128))).collect();
        assert!(training.is_disjoint(&validation));
        // Of 510 strings up to length 8, one in 16 is of the validation part.
        assert!(training.len() > 400 && validation.len() > 15, "{}", validation.len());
        assert!(training.iter().chain(&validation).all(|string| string.len() <= 8));
        let test = strings(&task.evaluation_batch(crate::TEST, 0, 300));
        assert!(test.iter().all(|string| (9..=16).contains(&string.len())));
    }

    #[test]
    fn every_length_is_as_likely() {
        let lengths = Lengths::beyond(10, 14, 20, [5, 5], 0, 0);
        let task = Generated::new(Parity, lengths).unwrap();
        let mut counts = [0_i32; 5];
        for length in task.training_batch(4, 0, 5000).lengths {
            counts[length - 10] += 1;
        }
        assert!(counts.iter().all(|count| (count - 1000).abs() < 150), "{counts:?}");
        let trivial = task.facts().trivial;
        assert!((trivial["loss"] - std::f64::consts::LN_2).abs() < 1e-9, "{trivial:?}");
    }
}
