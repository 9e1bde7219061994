//! Modular arithmetic: what is the expression modulo 5?
//!
//! Digits 0 to 4 with +, − and × between them, of odd length, without brackets; × binds
//! stronger. The class is the value modulo 5. An even length is taken one
//! longer, and an even `train_length` one shorter, so that no test string is as short as a trained one.
//!
//! ```text
//! 2 + 3 x 4 - 1      class 3 (13 modulo 5)
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("modular_arithmetic", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! assert_eq!(tokens.len() % 2, 1);
//! assert!(tokens.iter().step_by(2).all(|token| *token < 5));
//! assert!(matches!(batch.targets, Targets::Classes(_)));
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
    name: ModularArithmetic::NAME,
    summary: ModularArithmetic::SUMMARY,
    about: include_str!("modular_arithmetic.rs"),
    keys: KEYS,
    build: |options, _: &Context| {
        let mut beyond: Beyond = read_options(ENTRY.name, options)?;
        beyond.train_length = (beyond.train_length - 1) / 2 * 2 + 1;
        Ok(Box::new(Generated::new(ModularArithmetic, beyond.lengths(ENTRY.name, 1)?)?))
    },
};

const KEYS: &[Key] = &crate::keys::BEYOND;

/// The generator.
struct ModularArithmetic;

impl Generator for ModularArithmetic {
    const NAME: &'static str = "modular_arithmetic";
    const SUMMARY: &'static str = "the value modulo 5 of an expression with +, - and x";
    const LIMITS: &'static str = "It needs a running sum and a running product of five values each, for every length. Random \
         expressions hold many products with 0, so 0 is more frequent than the other values.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every value alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 8 },
            longest / 2 * 2 + 1,
            Target::Class { classes: VALUES },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let mut tokens = vec![below(rng, VALUES) as u32];
        for _ in 0..length / 2 {
            tokens.extend([PLUS + below(rng, 3) as u32, below(rng, VALUES) as u32]);
        }
        let value = value(&tokens);
        Example::of_tokens(tokens, Targets::Classes(vec![value]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(VALUES, 0..VALUES, batch.size)
    }

    fn names(&self) -> Names {
        let classes: Vec<_> = (0..VALUES).map(|value| value.to_string()).collect();
        let mut tokens = classes.clone();
        tokens.extend(["+", "-", "x"].map(str::to_owned));
        Names { tokens, classes, ..Names::default() }
    }
}

/// Values of digits and of expressions.
const VALUES: usize = 5;
/// The tokens of the operators.
const PLUS: u32 = 5;
const MINUS: u32 = 6;
const TIMES: u32 = 7;

/// The value of an expression, digits and operators in turn, modulo 5.
fn value(tokens: &[u32]) -> u32 {
    let five = VALUES as u32;
    // The sum of the terms before the current one, which is a product so far.
    let (mut sum, mut term) = (0, tokens[0]);
    for pair in tokens[1..].chunks_exact(2) {
        let digit = pair[1];
        match pair[0] {
            TIMES => term = term * digit % five,
            operator => {
                sum = (sum + term) % five;
                term = if operator == MINUS { (five - digit) % five } else { digit };
            }
        }
    }
    (sum + term) % five
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Lengths, Task};

    /// Python's own value of 3,000 expressions: `tests/golden/modular_arithmetic.py`.
    #[test]
    fn values_are_those_of_python() {
        let golden = include_str!("../../tests/golden/modular_arithmetic.txt");
        let mut seen = 0;
        for line in golden.lines() {
            let (expression, expected) = line.split_once(" = ").unwrap();
            let names = ModularArithmetic.names().tokens;
            let token = |c: char| names.iter().position(|name| *name == c.to_string()).unwrap();
            let tokens: Vec<u32> = expression.chars().map(|c| token(c) as u32).collect();
            assert_eq!(value(&tokens).to_string(), expected, "{expression}");
            seen += 1;
        }
        assert_eq!(seen, 3000);
    }

    #[test]
    fn test_expressions_are_longer_than_any_that_is_trained_on() {
        let context = Context { datasets: std::path::Path::new("datasets") };
        for kind in ["modular_arithmetic", "dyck"] {
            for train_length in [20, 21] {
                let options = [("train_length".to_owned(), train_length.into())];
                let task = crate::build(kind, &options.into_iter().collect(), &context).unwrap();
                let trained = task.training_batch(0, 0, 1000).lengths.into_iter().max();
                let tested = task.evaluation_batch(crate::TEST, 0, 1000).lengths.into_iter().min();
                assert!(trained < tested, "{kind} {train_length}: {trained:?} {tested:?}");
            }
        }
    }

    #[test]
    fn expressions_are_well_formed() {
        let lengths = Lengths::beyond(1, 20, 30, [9, 9], 0, 0);
        let task = Generated::new(ModularArithmetic, lengths).unwrap();
        let batch = task.training_batch(0, 0, 500);
        let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
        for (row, &length) in tokens.chunks(batch.steps).zip(&batch.lengths) {
            assert_eq!(length % 2, 1);
            for (at, &token) in row[..length].iter().enumerate() {
                assert_eq!(token < PLUS, at % 2 == 0);
            }
        }
        assert!(batch.lengths.contains(&1) && batch.lengths.contains(&21));
    }
}
