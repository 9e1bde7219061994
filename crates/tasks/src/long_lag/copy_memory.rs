//! Copy memory: repeat ten digits after a long silence.
//!
//! A sequence holds ten digits, `length` − 1 blanks, and eleven delimiters; at each of the
//! last ten steps the digit of the same place is asked for, and at all others a blank:
//! `length` + 20 steps in all.
//!
//! ```text
//! input   3 1 4 1 5 9 2 6 5 3 _ _ _ _ | | | | | | | | | | |    (length 5)
//! target  _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ 3 1 4 1 5 9 2 6 5 3
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let options = [("length".to_owned(), 5.into())].into_iter().collect();
//! let task = build("copy_memory", &options, &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let (Inputs::Tokens(seen), Targets::Classes(asked)) = (&batch.inputs, &batch.targets) else {
//!     panic!("tokens and classes")
//! };
//! assert_eq!(seen[..10], asked[15..]);
//! assert!(asked[..15].iter().all(|class| *class == 0));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! As in Bai, Kolter and Koltun 2018 (arXiv:1803.01271), whose networks read the digit as one
//! raw number (`input = "scalar"`); here they read it as a token unless told otherwise. The
//! original of Hochreiter and Schmidhuber 1997 differs; that of Arjovsky et al. 2016
//! (arXiv:1511.06464) marks the end of the silence once.

use rand_chacha::ChaCha8Rng;
use schema::{Choice, Key, Kind, Literal};
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
    name: CopyMemory::NAME,
    summary: CopyMemory::SUMMARY,
    about: include_str!("copy_memory.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 1, max: 1_000_000 },
            Literal::Integer(100),
            "Steps between the last digit and the first that is asked for.",
        ),
        Key::new(
            "input",
            Kind::OneOf(&[
                Choice { word: "tokens", doc: "Each symbol is a token with an embedding." },
                Choice {
                    word: "scalar",
                    doc: "Each symbol is one number, 0 to 9, as in the paper.",
                },
            ]),
            Literal::Text("tokens"),
            "How the network reads a symbol.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths::same(config.length, config.validation_size, config.test_size);
        Ok(Box::new(Generated::new(CopyMemory { input: config.input }, lengths)?))
    },
};

/// Digits to be remembered.
const DIGITS: usize = 10;
/// Different digits, 1 to 8.
const KINDS: usize = 8;
/// The delimiter; 0 is the blank.
const DELIMITER: u32 = 9;
/// Symbols: blank, digits and delimiter.
const SYMBOLS: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    input: Read,
    validation_size: usize,
    test_size: usize,
}

/// How a symbol is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Read {
    Tokens,
    Scalar,
}

/// The generator.
struct CopyMemory {
    input: Read,
}

impl Generator for CopyMemory {
    const NAME: &'static str = "copy_memory";
    const SUMMARY: &'static str = "ten digits, to be repeated after a long silence";
    const LIMITS: &'static str = "It tests how much is kept over a lag of known length, digit by \
         digit. The loss is averaged over all steps, most of which ask for a blank, so a small \
         loss says little: compare it with the trivial one, or look at exact_match. All sequences \
         have one length.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "loss";
    const TRIVIAL: &'static str =
        "a blank wherever one is asked for, and any digit alike at the last ten steps";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            match self.input {
                Read::Tokens => Input::Tokens { vocabulary: SYMBOLS },
                Read::Scalar => Input::Vectors { channels: 1 },
            },
            longest + 2 * DIGITS,
            Target::Class { classes: SYMBOLS },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let digits: Vec<u32> = (0..DIGITS).map(|_| 1 + below(rng, KINDS) as u32).collect();
        let mut seen = digits.clone();
        seen.resize(DIGITS + length - 1, 0);
        seen.resize(length + 2 * DIGITS, DELIMITER);
        let mut asked = vec![0; length + DIGITS];
        asked.extend(digits);
        let targets = Targets::Classes(asked);
        let example = match self.input {
            Read::Tokens => Example::of_tokens(seen, targets),
            Read::Scalar => {
                Example::of_values(seen.into_iter().map(|symbol| symbol as f32).collect(), targets)
            }
        };
        example.asked_at(0..length + 2 * DIGITS)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        let rows = 0..batch.targets.rows(1);
        let is_digit = |row: usize| row % batch.steps >= batch.steps - DIGITS;
        rows.flat_map(|row| {
            let allowed = if is_digit(row) { 1..1 + KINDS } else { 0..1 };
            uniform_over(SYMBOLS, allowed, 1)
        })
        .collect()
    }

    fn names(&self) -> Names {
        let names = ["_", "1", "2", "3", "4", "5", "6", "7", "8", "|"].map(str::to_owned).to_vec();
        Names { tokens: names.clone(), classes: names, channels: vec!["symbol".into()] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    fn task(length: usize, input: Read) -> Generated<CopyMemory> {
        Generated::new(CopyMemory { input }, Lengths::same(length, 5, 400)).unwrap()
    }

    #[test]
    fn predicting_blanks_scores_what_the_paper_says() {
        for (length, loss) in [(100, 0.1733), (500, 0.0400), (1000, 0.0204)] {
            let trivial = task(length, Read::Tokens).facts().trivial;
            assert!((trivial["loss"] - loss).abs() < 5e-5, "{trivial:?}");
            let exact = 10.0 * 8.0_f64.ln() / (length + 20) as f64;
            assert!((trivial["loss"] - exact).abs() < 1e-6, "{trivial:?}");
        }
        // One of eight digits is right at ten of 120 steps.
        let accuracy = task(100, Read::Tokens).facts().trivial["accuracy"];
        let expected = (110.0 + 10.0 / 8.0) / 120.0;
        assert!((accuracy - expected).abs() < 0.005, "{accuracy} {expected}");
    }

    #[test]
    fn scalars_are_the_same_symbols() {
        let (tokens, scalars) = (task(3, Read::Tokens), task(3, Read::Scalar));
        let (a, b) = (tokens.training_batch(1, 2, 3), scalars.training_batch(1, 2, 3));
        let (Inputs::Tokens(a_in), Inputs::Values(b_in)) = (&a.inputs, &b.inputs) else {
            panic!("tokens and numbers")
        };
        let same = a_in.iter().zip(b_in).all(|(a, b)| (*a as f32).to_bits() == b.to_bits());
        assert!(same && a.targets == b.targets && a.asked == b.asked);
        assert_eq!(a_in[10..23], [0, 0, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
    }
}
