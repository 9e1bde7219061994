//! Delayed recall: name the first symbol once the cue comes.
//!
//! A sequence begins with one of `symbols` symbols, goes on with `delay` distractors and ends
//! with a cue. The class is the first symbol.
//!
//! ```text
//! C x y y x z x y z z x ?      class C      (delay 10)
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("delayed_recall", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! assert_eq!(batch.targets, Targets::Classes(vec![tokens[0]]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! The plainest test of a lag, after experiment 2 of Hochreiter and Schmidhuber 1997, where the
//! distractors are not random.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Target, Targets,
    TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: DelayedRecall::NAME,
    summary: DelayedRecall::SUMMARY,
    about: include_str!("delayed_recall.rs"),
    keys: &[
        Key::new(
            "delay",
            Kind::Integer { min: 8, max: 1_000_000 },
            Literal::Integer(100),
            "Distractors between the symbol and the cue.",
        ),
        Key::new(
            "symbols",
            Kind::Integer { min: 2, max: 1000 },
            Literal::Integer(8),
            "Different symbols that may have to be recalled.",
        ),
        Key::new(
            "distractors",
            Kind::Integer { min: 2, max: 1000 },
            Literal::Integer(8),
            "Different distractors.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths {
            // Of two distractors over eight steps there are few sequences.
            apart: true,
            ..Lengths::same(config.delay, config.validation_size, config.test_size)
        };
        let Config { symbols, distractors, .. } = config;
        Ok(Box::new(Generated::new(DelayedRecall { symbols, distractors }, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    delay: usize,
    symbols: usize,
    distractors: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct DelayedRecall {
    symbols: usize,
    distractors: usize,
}

impl Generator for DelayedRecall {
    const NAME: &'static str = "delayed_recall";
    const SUMMARY: &'static str = "the first symbol of a sequence, after many distractors";
    const LIMITS: &'static str = "It tests whether one symbol at a known place survives a lag of \
         known length. It does not test whether a network can tell what is worth keeping.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every symbol alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: self.symbols + self.distractors + 1 },
            longest + 2,
            Target::Class { classes: self.symbols },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let symbol = below(rng, self.symbols) as u32;
        let mut tokens = vec![symbol];
        tokens.extend((0..length).map(|_| (self.symbols + below(rng, self.distractors)) as u32));
        tokens.push((self.symbols + self.distractors) as u32);
        Example::of_tokens(tokens, Targets::Classes(vec![symbol]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(self.symbols, 0..self.symbols, batch.size)
    }

    fn names(&self) -> Names {
        let classes: Vec<_> = (0..self.symbols).map(|symbol| format!("S{symbol}")).collect();
        let mut tokens = classes.clone();
        tokens.extend((0..self.distractors).map(|distractor| format!("d{distractor}")));
        tokens.push("?".into());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    #[test]
    fn the_symbol_stands_first_and_the_cue_last() {
        let generator = DelayedRecall { symbols: 3, distractors: 2 };
        let task = Generated::new(generator, Lengths::same(12, 10, 10)).unwrap();
        let batch = task.training_batch(1, 0, 500);
        let (Inputs::Tokens(tokens), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("tokens and classes")
        };
        let mut counts = [0_i32; 3];
        for (row, &class) in tokens.chunks(14).zip(classes) {
            assert_eq!((row[0], row[13]), (class, 5));
            assert!(row[1..13].iter().all(|token| [3, 4].contains(token)));
            counts[class as usize] += 1;
        }
        assert!(counts.iter().all(|count| (count - 167).abs() < 55), "{counts:?}");
    }
}
