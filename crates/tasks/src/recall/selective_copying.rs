//! Selective copying: repeat the symbols that stood among noise, in their order.
//!
//! `symbols` symbols stand at random steps among `length` steps, the others hold noise; then as
//! many marks follow, at which the symbols are asked for, one after another.
//!
//! ```text
//! input   . . 3 . . . 1 . . 7 . . | | |      (length 12, 3 symbols)
//! target                          3 1 7
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("selective_copying", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let symbols: Vec<u32> = tokens.iter().filter(|token| **token < 14).copied().collect();
//! assert_eq!(batch.targets, Targets::Classes(symbols));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Gu and Dao 2023 (arXiv:2312.00752, Mamba) and Feng et al. 2024 (arXiv:2410.01201, minGRU):
//! there 4096 steps, 16 symbols, a vocabulary of 16. Noise and mark count to the vocabulary.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy, exact_match};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Target, Targets,
    TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: SelectiveCopying::NAME,
    summary: SelectiveCopying::SUMMARY,
    about: include_str!("selective_copying.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 8, max: 1_000_000 },
            Literal::Integer(64),
            "Steps that the symbols are scattered over.",
        ),
        Key::new(
            "symbols",
            Kind::Integer { min: 2, max: 1000 },
            Literal::Integer(8),
            "Symbols to be repeated; at most `length`.",
        ),
        Key::new(
            "vocabulary",
            Kind::Integer { min: 4, max: 65_536 },
            Literal::Integer(16),
            "Tokens, noise and mark among them.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let Config { length, symbols, vocabulary, .. } = config;
        if symbols > length {
            let reason = format!("symbols = {symbols} do not fit into length = {length}");
            return Err(crate::TaskError::Together { task: ENTRY.name, reason });
        }
        let lengths = Lengths {
            apart: true,
            ..Lengths::same(length, config.validation_size, config.test_size)
        };
        Ok(Box::new(Generated::new(SelectiveCopying { symbols, vocabulary }, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    symbols: usize,
    vocabulary: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct SelectiveCopying {
    symbols: usize,
    vocabulary: usize,
}

impl SelectiveCopying {
    /// Different symbols; noise and mark are the tokens after them.
    fn kinds(&self) -> usize {
        self.vocabulary - 2
    }
}

impl Generator for SelectiveCopying {
    const NAME: &'static str = "selective_copying";
    const SUMMARY: &'static str = "the symbols that stood among noise, in their order";
    const LIMITS: &'static str = "It tests whether a network keeps what matters and lets the rest \
         go, at places that it does not know beforehand. Noise is one token, so telling it apart \
         is easy.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every symbol alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: self.vocabulary },
            longest + self.symbols,
            Target::Class { classes: self.kinds() },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let (noise, mark) = (self.kinds() as u32, self.kinds() as u32 + 1);
        let mut tokens = vec![noise; length];
        tokens.resize(length + self.symbols, mark);
        // A uniform choice of places in one pass (Knuth, algorithm S).
        let mut asked = Vec::with_capacity(self.symbols);
        for (step, token) in tokens[..length].iter_mut().enumerate() {
            if below(rng, length - step) < self.symbols - asked.len() {
                *token = below(rng, self.kinds()) as u32;
                asked.push(*token);
            }
        }
        let example = Example::of_tokens(tokens, Targets::Classes(asked));
        example.asked_at(length..length + self.symbols)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(self.kinds(), 0..self.kinds(), batch.targets.rows(1))
    }

    fn sample_length(&self) -> usize {
        self.symbols.max(8)
    }

    fn names(&self) -> Names {
        let classes: Vec<_> = (0..self.kinds()).map(|kind| kind.to_string()).collect();
        let mut tokens = classes.clone();
        tokens.extend([".".to_owned(), "|".to_owned()]);
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    #[test]
    fn symbols_are_scattered_evenly_and_asked_for_in_order() {
        let generator = SelectiveCopying { symbols: 3, vocabulary: 7 };
        let task = Generated::new(generator, Lengths::same(12, 10, 10)).unwrap();
        let batch = task.training_batch(0, 1, 3000);
        let (Inputs::Tokens(tokens), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("tokens and classes")
        };
        let mut counts = [0_i32; 12];
        for (row, asked) in tokens.chunks(15).zip(classes.chunks(3)) {
            let places: Vec<_> = (0..12).filter(|&step| row[step] < 5).collect();
            assert_eq!(places.iter().map(|&step| row[step]).collect::<Vec<_>>(), asked);
            assert_eq!(row[12..], [6, 6, 6]);
            for step in places {
                counts[step] += 1;
            }
        }
        // 9000 symbols over 12 steps.
        assert!(counts.iter().all(|count| (count - 750).abs() < 130), "{counts:?}");
    }
}
