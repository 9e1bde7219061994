//! Counting: when does a string aⁿbⁿ or aⁿbⁿcⁿ end?
//!
//! A string is read symbol by symbol. From the first b on the next symbol is certain, and there it
//! is asked for: another b (or c), or the end, which only a counter can tell.
//!
//! ```text
//! input   a a a b b b      (n = 3)
//! target        b b .
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("counting", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let (Inputs::Tokens(seen), Targets::Classes(next)) = (&batch.inputs, &batch.targets) else {
//!     panic!("tokens and classes")
//! };
//! // Of n symbols b all but the first are asked for, and then the end, 2.
//! assert_eq!(next.len(), seen.len() / 2);
//! assert!(next[..next.len() - 1].iter().all(|symbol| *symbol == 1));
//! assert_eq!(next.last(), Some(&2));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Gers and Schmidhuber 2001 (doi:10.1109/72.963769) and Weiss, Goldberg and Yahav 2018
//! (arXiv:1805.04908) train on positive strings in this way; a string counts as recognised where
//! every certain symbol is named, which is `exact_match`. Weiss et al. ask for all symbols and
//! accept what has a probability of at least 0.01. Lengths count n. Since there is one string of
//! each n, validation takes the n just beyond training, up to a fifth more, and the test those
//! beyond that.

use rand_chacha::ChaCha8Rng;
use schema::{Choice, Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{POINT_SIZE, POINTS, TEST_LENGTH, TEST_SIZE, TRAIN_LENGTH, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy, exact_match};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Part, Target,
    Targets, TaskEntry, TaskError, TaskShape,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: Counting::NAME,
    summary: Counting::SUMMARY,
    about: include_str!("counting.rs"),
    keys: &[
        Key::new(
            "language",
            Kind::OneOf(&[
                Choice { word: "anbn", doc: "aⁿbⁿ: one counter." },
                Choice { word: "anbncn", doc: "aⁿbⁿcⁿ: two counters." },
            ]),
            Literal::Text("anbn"),
            "The language.",
        ),
        TRAIN_LENGTH,
        TEST_LENGTH,
        POINTS,
        POINT_SIZE,
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let Config { train_length, test_length, points, .. } = config;
        let validated = train_length + (train_length / 5).max(1);
        if test_length <= validated {
            let reason = format!(
                "test_length = {test_length} must be beyond {validated}, the longest that \
                 validation takes after train_length = {train_length}"
            );
            return Err(TaskError::Together { task: ENTRY.name, reason });
        }
        let sizes = [config.validation_size, config.test_size];
        let mut lengths =
            Lengths::beyond(1, train_length, test_length, sizes, points, config.point_size);
        lengths.apart = false;
        for (part, range) in &mut lengths.parts {
            let all = *range.end() - *range.start() + 1;
            match &*part.name {
                "validation" => *range = train_length + 1..=validated,
                "test" => *range = validated + 1..=test_length,
                // One string each.
                _ => part.sequences = part.sequences.min(all),
            }
        }
        for part in [crate::VALIDATION, crate::TEST] {
            let (part, range): &mut (Part, _) = &mut lengths.parts[part];
            part.sequences = part.sequences.min(range.end() - range.start() + 1);
        }
        let symbols = if config.language == Language::Anbn { 2 } else { 3 };
        Ok(Box::new(Generated::in_order(Counting { symbols }, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    language: Language,
    train_length: usize,
    test_length: usize,
    points: usize,
    point_size: usize,
    validation_size: usize,
    test_size: usize,
}

/// The language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Language {
    Anbn,
    Anbncn,
}

/// The generator.
struct Counting {
    /// Different symbols; the end is the class after them.
    symbols: usize,
}

impl Generator for Counting {
    const NAME: &'static str = "counting";
    const SUMMARY: &'static str = "when a string a^n b^n or a^n b^n c^n ends";
    const LIMITS: &'static str = "It tests whether a network counts and goes on counting beyond what it \
         was trained on. Most answers repeat the symbol just read, so accuracy is high without \
         counting; exact_match says whether the end is told.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "exact_match";
    const TRIVIAL: &'static str = "every symbol alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: self.symbols },
            self.symbols * longest,
            Target::Class { classes: self.symbols + 1 },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, _: &mut ChaCha8Rng) -> Example {
        let seen: Vec<u32> =
            (0..self.symbols as u32).flat_map(|symbol| vec![symbol; length]).collect();
        let mut next = seen[length + 1..].to_vec();
        next.push(self.symbols as u32);
        let steps = length..seen.len();
        Example::of_tokens(seen, Targets::Classes(next)).asked_at(steps)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        let classes = self.symbols + 1;
        uniform_over(classes, 0..classes, batch.targets.rows(1))
    }

    fn names(&self) -> Names {
        let tokens: Vec<_> =
            ["a", "b", "c"][..self.symbols].iter().map(|symbol| (*symbol).to_owned()).collect();
        let mut classes = tokens.clone();
        classes.push(".".into());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, TEST, VALIDATION, build};

    fn options(given: &[(&str, serde_json::Value)]) -> schema::Options {
        given.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect()
    }

    #[test]
    fn each_part_has_its_own_lengths_once_each() {
        let context = Context { datasets: std::path::Path::new("datasets") };
        let given = options(&[
            ("language", "anbncn".into()),
            ("train_length", 10.into()),
            ("test_length", 20.into()),
        ]);
        let task = build("counting", &given, &context).unwrap();
        let n = |batch: &Batch| {
            let lengths = batch.lengths.iter().map(|steps| steps / 3);
            lengths.collect::<std::collections::BTreeSet<_>>()
        };
        let part = |part: usize| {
            let size = task.parts()[part].sequences;
            let batch = task.evaluation_batch(part, 0, size);
            assert_eq!(n(&batch).len(), size, "each once");
            n(&batch)
        };
        assert_eq!(part(VALIDATION), (11..=12).collect());
        assert_eq!(part(TEST), (13..=20).collect());
        assert_eq!(n(&task.training_batch(0, 0, 500)), (1..=10).collect());
        let named: Vec<_> = task.parts().iter().map(|part| (&*part.name, part.sequences)).collect();
        assert_eq!(named[2..4], [("length_10", 1), ("length_11", 1)]);
        let Inputs::Tokens(tokens) = task.evaluation_batch(2, 0, 1).inputs else { panic!() };
        assert_eq!(tokens.iter().filter(|token| **token == 2).count(), 10);
    }

    #[test]
    fn what_is_not_beyond_validation_is_refused() {
        let context = Context { datasets: std::path::Path::new("datasets") };
        let given = options(&[("train_length", 10.into()), ("test_length", 12.into())]);
        let message = build("counting", &given, &context).err().unwrap().to_string();
        assert_eq!(
            message,
            "task counting: test_length = 12 must be beyond 12, the longest that validation takes \
             after train_length = 10"
        );
    }
}
