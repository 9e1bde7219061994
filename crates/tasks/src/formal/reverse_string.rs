//! Reverse string: write a string of bits backwards.
//!
//! The string, then as many marks; at each mark a bit of the string is asked for, the last
//! first.
//!
//! ```text
//! input   1 1 0 | | |      (length 3)
//! target        0 1 1
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("reverse_string", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let reversed = tokens[..tokens.len() / 2].iter().rev().copied().collect();
//! assert_eq!(batch.targets, Targets::Classes(reversed));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! As in Deletang et al. 2023 (arXiv:2207.02098). Lengths are those of the string; there are
//! twice as many steps.

use rand_chacha::ChaCha8Rng;
use schema::Key;

use crate::entry::read_options;
use crate::formal::Beyond;
use crate::generated::uniform_over;
use crate::metric::{Metric, accuracy, cross_entropy, exact_match};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Names, Target, Targets,
    TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: ReverseString::NAME,
    summary: ReverseString::SUMMARY,
    about: include_str!("reverse_string.rs"),
    keys: KEYS,
    build: |options, _: &Context| {
        let beyond: Beyond = read_options(ENTRY.name, options)?;
        Ok(Box::new(Generated::new(ReverseString, beyond.lengths(ENTRY.name, 1)?)?))
    },
};

const KEYS: &[Key] = &crate::keys::BEYOND;

/// The mark, after both bits.
const MARK: u32 = 2;

/// The generator.
struct ReverseString;

impl Generator for ReverseString {
    const NAME: &'static str = "reverse_string";
    const SUMMARY: &'static str = "a string of bits, backwards";
    const LIMITS: &'static str = "It needs a stack: a state of fixed size cannot hold a string of \
         any length, so no network without one can be right at all lengths, and the score by \
         length shows how far a state reaches.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "both bits alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 3 },
            2 * longest,
            Target::Class { classes: 2 },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let mut tokens: Vec<u32> = (0..length).map(|_| below(rng, 2) as u32).collect();
        let reversed = tokens.iter().rev().copied().collect();
        tokens.resize(2 * length, MARK);
        Example::of_tokens(tokens, Targets::Classes(reversed)).asked_at(length..2 * length)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(2, 0..2, batch.targets.rows(1))
    }

    fn names(&self) -> Names {
        let classes = vec!["0".to_owned(), "1".to_owned()];
        let mut tokens = classes.clone();
        tokens.push("|".into());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Inputs, Lengths, Task};

    #[test]
    fn every_mark_asks_for_the_bit_that_mirrors_it() {
        let task = Generated::new(ReverseString, Lengths::beyond(2, 9, 12, [9, 9], 0, 0)).unwrap();
        let batch = task.training_batch(0, 0, 200);
        let (Inputs::Tokens(tokens), Asked::Steps(steps), Targets::Classes(classes)) =
            (&batch.inputs, &batch.asked, &batch.targets)
        else {
            panic!("tokens, steps and classes")
        };
        let mut rows = steps.iter().zip(classes);
        for (sequence, &length) in batch.lengths.iter().enumerate() {
            for (&step, &class) in rows.by_ref().take(length / 2) {
                let at = step as usize - sequence * batch.steps;
                let row = &tokens[sequence * batch.steps..][..length];
                assert_eq!((row[at], row[length - 1 - at]), (MARK, class));
            }
        }
        assert!(rows.next().is_none());
    }
}
