//! Retrieval of Ba et al. 2016 (fast weights): which digit came with this letter?
//!
//! `pairs` pairs of a letter and a digit, the letters different; then two marks and one of the
//! letters. The class is its digit.
//!
//! ```text
//! c 9 k 8 j 3 f 1 ? ? c      class 9
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("fast_weights_retrieval", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let letter = tokens.last().unwrap();
//! let place = tokens.iter().position(|token| token == letter).unwrap();
//! assert_eq!(batch.targets, Targets::Classes(vec![tokens[place + 1] - 26]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! arXiv:1610.06258, section 4.1. Training sequences are drawn without end; the paper has
//! 100,000.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Target, Targets,
    TaskEntry, TaskShape, below, permutation,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: FastWeightsRetrieval::NAME,
    summary: FastWeightsRetrieval::SUMMARY,
    about: include_str!("fast_weights_retrieval.rs"),
    keys: &[
        Key::new(
            "pairs",
            Kind::Integer { min: 2, max: 26 },
            Literal::Integer(4),
            "Pairs of a letter and a digit.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths {
            // Of two pairs there are few sequences.
            apart: true,
            ..Lengths::same(config.pairs, config.validation_size, config.test_size)
        };
        Ok(Box::new(Generated::new(FastWeightsRetrieval, lengths)?))
    },
};

/// Letters, the first tokens; digits come after them.
const LETTERS: usize = 26;
const DIGITS: usize = 10;
/// The mark before the question.
const MARK: u32 = (LETTERS + DIGITS) as u32;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    pairs: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct FastWeightsRetrieval;

impl Generator for FastWeightsRetrieval {
    const NAME: &'static str = "fast_weights_retrieval";
    const SUMMARY: &'static str = "the digit that came with a letter";
    const LIMITS: &'static str = "It tests how many bindings of a letter and a digit a state holds \
         over a few steps. With four pairs a network without order still names one of the digits \
         that were there, at an accuracy of about a quarter.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every digit alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: LETTERS + DIGITS + 1 },
            2 * longest + 3,
            Target::Class { classes: DIGITS },
            Answers::Sequence,
        )
    }

    /// `length` counts pairs.
    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let letters = permutation(rng, LETTERS);
        let mut tokens = Vec::with_capacity(2 * length + 3);
        for &letter in &letters[..length] {
            tokens.extend([letter as u32, (LETTERS + below(rng, DIGITS)) as u32]);
        }
        let asked = below(rng, length);
        let digit = tokens[2 * asked + 1] - LETTERS as u32;
        tokens.extend([MARK, MARK, letters[asked] as u32]);
        Example::of_tokens(tokens, Targets::Classes(vec![digit]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(DIGITS, 0..DIGITS, batch.size)
    }

    fn sample_length(&self) -> usize {
        4
    }

    fn names(&self) -> Names {
        let digits: Vec<_> = (0..DIGITS).map(|digit| digit.to_string()).collect();
        let mut tokens: Vec<_> = ('a'..='z').map(String::from).collect();
        tokens.extend(digits.clone());
        tokens.push("?".into());
        Names { tokens, classes: digits, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    #[test]
    fn the_answer_stands_beside_the_letter() {
        let lengths = Lengths { apart: true, ..Lengths::same(3, 100, 100) };
        let task = Generated::new(FastWeightsRetrieval, lengths).unwrap();
        let batch = task.training_batch(9, 4, 2000);
        let (Inputs::Tokens(tokens), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("tokens and classes")
        };
        let mut asked = [0_i32; 3];
        for (row, &class) in tokens.chunks(9).zip(classes) {
            assert_eq!(row[6..8], [MARK, MARK]);
            let places: Vec<_> = (0..3).filter(|pair| row[2 * pair] == row[8]).collect();
            assert_eq!(places.len(), 1, "letters differ");
            assert_eq!(row[2 * places[0] + 1], 26 + class);
            asked[places[0]] += 1;
        }
        assert!(asked.iter().all(|count| (count - 667).abs() < 110), "{asked:?}");
    }
}
