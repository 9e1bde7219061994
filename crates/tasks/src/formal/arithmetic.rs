//! Arithmetic: the digits of a sum or a difference, read as characters.
//!
//! Two numbers with `+` or `-` between them, each character among random letters that mean
//! nothing, then `=`. From there on the next character of the result is asked for, a minus
//! first where it is negative, and its end.
//!
//! ```text
//! input   3 e 6 d - h 9 b 4 = - 5
//! asked                     ^ ^ ^ ^
//! target                    - 5 8 .      (36 - 94 = -58)
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("arithmetic", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let (names, Inputs::Tokens(tokens), Targets::Classes(classes)) =
//!     (task.names(), &batch.inputs, &batch.targets)
//! else {
//!     panic!("tokens and classes")
//! };
//! let text: String = tokens.iter().map(|token| &*names.tokens[*token as usize]).collect();
//! let result: String = classes.iter().map(|class| &*names.classes[*class as usize]).collect();
//! let (expression, _) = text.split_once('=').unwrap();
//! let plain: String = expression.chars().filter(|c| !c.is_alphabetic()).collect();
//! let (at, operator) = plain.char_indices().find(|(_, c)| "+-".contains(*c)).unwrap();
//! let [a, b] = [&plain[..at], &plain[at + 1..]].map(|number| number.parse::<i64>().unwrap());
//! let value = if operator == '+' { a + b } else { a - b };
//! assert_eq!(result, format!("{value}."));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Jozefowicz, Zaremba and Sutskever 2015 (section 4.1): there up to eight digits. How many
//! letters they put in is not said; here a letter follows each character with a chance of one
//! half. The digits of the result that came before are given (as in training there).
//!
//! With `expressions` above 1 a sequence is so many expressions, one right after another. There
//! the hidden state goes on from one to the next, so that a network has to forget what it no
//! longer needs. What is held apart from training, and what matches exactly or not, is then the
//! sequence, not each expression.

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
    name: Arithmetic::NAME,
    summary: Arithmetic::SUMMARY,
    about: include_str!("arithmetic.rs"),
    keys: &[
        Key::new(
            "digits",
            Kind::Integer { min: 2, max: 17 },
            Literal::Integer(2),
            "Digits of both numbers, the first of which is not 0.",
        ),
        Key::new(
            "distractors",
            Kind::Boolean,
            Literal::Boolean(true),
            "Whether letters that mean nothing stand between the characters.",
        ),
        // Without a default: a run that does not give it has the identity of before it existed.
        Key::optional(
            "expressions",
            Kind::Integer { min: 2, max: 1000 },
            "Expressions in a row in a sequence, which a network has to keep apart; 1 if absent.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths {
            apart: true,
            ..Lengths::same(config.digits, config.validation_size, config.test_size)
        };
        let Config { distractors, expressions, .. } = config;
        let generator = Arithmetic { distractors, expressions: expressions.unwrap_or(1) };
        Ok(Box::new(Generated::new(generator, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    digits: usize,
    distractors: bool,
    expressions: Option<usize>,
    validation_size: usize,
    test_size: usize,
}

/// Characters of the input; the first eleven are those of a result as well.
const INPUT: &str = "0123456789-+=abcdefghijklmnopqrstuvwxyz";
/// Tokens of `+`, `=` and the first letter.
const MINUS: u32 = 10;
const PLUS: u32 = 11;
const EQUALS: u32 = 12;
const LETTER: u32 = 13;
const LETTERS: usize = 26;
/// Class of the end, after digits and minus.
const END: u32 = 11;
const CLASSES: usize = 12;

/// The generator.
struct Arithmetic {
    distractors: bool,
    expressions: usize,
}

/// The characters of a number as tokens.
fn tokens(number: i64) -> Vec<u32> {
    let token = |c: char| c.to_digit(10).unwrap_or(MINUS);
    number.to_string().chars().map(token).collect()
}

impl Generator for Arithmetic {
    const NAME: &'static str = "arithmetic";
    const SUMMARY: &'static str = "the digits of a sum or a difference, among letters";
    const LIMITS: &'static str = "It tests several things at once: keeping digits, telling them from \
         letters, carrying, and the sign. Expressions of validation and test are not trained on \
         letter by letter, but the same two numbers may be, among other letters. The first digits \
         of a result are the hardest.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every character alike, whatever the input";

    /// `longest` counts digits.
    fn shape(&self, longest: usize) -> TaskShape {
        let expression = (2 * longest + 1) * if self.distractors { 2 } else { 1 };
        TaskShape::new(
            Input::Tokens { vocabulary: INPUT.len() },
            // `=`, then a result with a minus or a carry.
            self.expressions * (expression + 1 + longest + 1),
            Target::Class { classes: CLASSES },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let mut all = Expressions::default();
        for _ in 0..self.expressions {
            self.append(length, rng, &mut all);
        }
        let Expressions { seen, asked, results } = all;
        Example::of_tokens(seen, Targets::Classes(results)).asked_at(asked)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(CLASSES, 0..CLASSES, batch.targets.rows(1))
    }

    fn sample_length(&self) -> usize {
        2
    }

    fn names(&self) -> Names {
        let tokens: Vec<_> = INPUT.chars().map(String::from).collect();
        let mut classes = tokens[..END as usize].to_vec();
        classes.push(".".into());
        Names { tokens, classes, ..Names::default() }
    }
}

/// Expressions one after another.
#[derive(Default)]
struct Expressions {
    /// Their tokens, up to the last digit of each result.
    seen: Vec<u32>,
    /// Steps at which the next character of a result is asked for.
    asked: Vec<usize>,
    /// Those characters.
    results: Vec<u32>,
}

impl Arithmetic {
    /// Appends an expression of numbers of `length` digits.
    fn append(&self, length: usize, rng: &mut ChaCha8Rng, to: &mut Expressions) {
        let smallest = 10_usize.pow(length as u32 - 1);
        let number = |rng: &mut ChaCha8Rng| (smallest + below(rng, 9 * smallest)) as i64;
        let (a, b) = (number(rng), number(rng));
        let (operator, value) = if below(rng, 2) == 0 { (PLUS, a + b) } else { (MINUS, a - b) };
        let seen = &mut to.seen;
        for character in tokens(a).into_iter().chain([operator]).chain(tokens(b)) {
            seen.push(character);
            if self.distractors && below(rng, 2) == 0 {
                seen.push(LETTER + below(rng, LETTERS) as u32);
            }
        }
        let first = seen.len();
        seen.push(EQUALS);
        let mut result = tokens(value);
        seen.extend(&result);
        result.push(END);
        to.asked.extend(first..seen.len());
        to.results.extend(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Inputs, TEST, Task};

    #[test]
    fn results_of_seventeen_digits_do_not_overflow() {
        let generator = Arithmetic { distractors: false, expressions: 1 };
        let task = Generated::new(generator, Lengths::same(17, 10, 10)).unwrap();
        let batch = task.training_batch(0, 0, 200);
        assert!(batch.lengths.iter().all(|length| *length <= task.shape().max_steps));
        assert_eq!(batch.lengths.iter().max(), Some(&task.shape().max_steps));
    }

    #[test]
    fn signs_and_lengths_of_results_vary() {
        let lengths = Lengths { apart: true, ..Lengths::same(2, 50, 50) };
        let task =
            Generated::new(Arithmetic { distractors: true, expressions: 1 }, lengths).unwrap();
        let Targets::Classes(classes) = task.training_batch(1, 0, 2000).targets else {
            panic!("classes")
        };
        let results: Vec<_> = classes.split_inclusive(|class| *class == END).collect();
        assert_eq!(results.len(), 2000);
        // Half are differences, and half of those are below 0.
        let negative = results.iter().filter(|result| result[0] == MINUS).count() as i32;
        assert!((negative - 500).abs() < 100, "{negative}");
        let lengths: std::collections::BTreeSet<_> = results.iter().map(|it| it.len()).collect();
        assert_eq!(lengths, [2, 3, 4].into());
    }

    #[test]
    fn expressions_in_a_row_are_each_asked_for_after_their_sign() {
        let lengths = Lengths { apart: true, ..Lengths::same(2, 30, 40) };
        let task =
            Generated::new(Arithmetic { distractors: true, expressions: 3 }, lengths).unwrap();
        for index in 0..40 {
            let batch = task.evaluation_batch(TEST, index, 1);
            let (Inputs::Tokens(tokens), Targets::Classes(results), Asked::Steps(asked)) =
                (&batch.inputs, &batch.targets, &batch.asked)
            else {
                panic!("tokens, classes and steps")
            };
            assert!(tokens.len() <= task.shape().max_steps);
            let results: Vec<_> = results.split_inclusive(|class| *class == END).collect();
            assert_eq!(results.len(), 3);
            let mut asked = asked.iter();
            for (result, sign) in
                results.iter().zip((0..tokens.len()).filter(|&step| tokens[step] == EQUALS))
            {
                // The end of a result is asked for, and not seen.
                assert_eq!(tokens[sign + 1..sign + result.len()], result[..result.len() - 1]);
                for step in sign..sign + result.len() {
                    assert_eq!(asked.next(), Some(&(step as u32)));
                }
            }
            assert_eq!(asked.next(), None);
        }
    }
}
