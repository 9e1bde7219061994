//! Induction heads: what followed the mark when it came before?
//!
//! Random tokens, among them one mark; the sequence ends with a second one. The class is the
//! token after the first.
//!
//! ```text
//! 4 7 1 | 5 2 0 3 3 6 |      class 5
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("induction", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let mark = tokens.iter().position(|token| *token == 15).unwrap();
//! assert_eq!(batch.targets, Targets::Classes(vec![tokens[mark + 1]]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Gu and Dao 2023 (arXiv:2312.00752, Mamba), section 4.1.2, after Olsson et al. 2022: trained at
//! 256 steps and tested up to a million. Here parts of doubled length give a score by length.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Part, Target,
    Targets, TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: Induction::NAME,
    summary: Induction::SUMMARY,
    about: include_str!("induction.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 8, max: 100_000 },
            Literal::Integer(64),
            "Steps of training, validation and test sequences.",
        ),
        Key::new(
            "test_length",
            Kind::Integer { min: 8, max: 1_000_000 },
            Literal::Integer(256),
            "Parts of twice the length, four times and so on reach as far as this.",
        ),
        Key::new(
            "vocabulary",
            Kind::Integer { min: 4, max: 65_536 },
            Literal::Integer(16),
            "Tokens, the mark among them.",
        ),
        crate::keys::POINT_SIZE,
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let mut lengths = Lengths::same(config.length, config.validation_size, config.test_size);
        let doubled = std::iter::successors(Some(config.length), |length| Some(2 * length));
        for length in doubled.skip(1).take_while(|length| *length <= config.test_length) {
            let sequences = config.point_size;
            let part = Part { name: format!("length_{length}"), sequences, length: Some(length) };
            lengths.parts.push((part, length..=length));
        }
        lengths.apart = true;
        Ok(Box::new(Generated::new(Induction { vocabulary: config.vocabulary }, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    test_length: usize,
    vocabulary: usize,
    point_size: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct Induction {
    vocabulary: usize,
}

impl Generator for Induction {
    const NAME: &'static str = "induction";
    const SUMMARY: &'static str = "the token that followed the mark when it came before";
    const LIMITS: &'static str = "It tests whether a network finds the one place that matters and \
         carries one token from it, also at lengths never seen. One binding is all that has to be \
         kept.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every token but the mark alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: self.vocabulary },
            longest,
            Target::Class { classes: self.vocabulary - 1 },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let kinds = self.vocabulary - 1;
        let mut tokens: Vec<u32> = (0..length).map(|_| below(rng, kinds) as u32).collect();
        // A token follows the first mark, and the second is the last step.
        let at = below(rng, length - 2);
        tokens[at] = kinds as u32;
        tokens[length - 1] = kinds as u32;
        let class = tokens[at + 1];
        Example::of_tokens(tokens, Targets::Classes(vec![class]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(self.vocabulary - 1, 0..self.vocabulary - 1, batch.size)
    }

    fn names(&self) -> Names {
        let classes: Vec<_> = (0..self.vocabulary - 1).map(|token| token.to_string()).collect();
        let mut tokens = classes.clone();
        tokens.push("|".into());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    #[test]
    fn the_answer_follows_the_first_mark_wherever_that_is() {
        let task = Generated::new(Induction { vocabulary: 5 }, Lengths::same(9, 10, 10)).unwrap();
        let batch = task.training_batch(0, 1, 2100);
        let (Inputs::Tokens(tokens), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("tokens and classes")
        };
        let mut counts = [0_i32; 7];
        for (row, &class) in tokens.chunks(9).zip(classes) {
            let marks: Vec<_> = (0..9).filter(|&step| row[step] == 4).collect();
            assert_eq!((marks.len(), marks[1]), (2, 8));
            assert_eq!(row[marks[0] + 1], class);
            counts[marks[0]] += 1;
        }
        assert!(counts.iter().all(|count| (count - 300).abs() < 85), "{counts:?}");
    }
}
