//! Dyck-k: which closing bracket comes next?
//!
//! A well-formed string of k kinds of brackets, of bounded depth. Before each closing bracket
//! its kind is asked for: it is that of the innermost open one.
//!
//! ```text
//! input   > ( [ ] ( ) )
//! asked         ^   ^ ^
//! target        ]   ) )
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Asked, Context, Inputs, TEST, Targets, build};
//!
//! let task = build("dyck", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let (Inputs::Tokens(seen), Asked::Steps(steps), Targets::Classes(kinds)) =
//!     (&batch.inputs, &batch.asked, &batch.targets)
//! else {
//!     panic!("tokens, steps and classes")
//! };
//! // With two kinds the tokens are ( [ ) ] and the begin.
//! assert!(steps.iter().zip(kinds).all(|(step, kind)| {
//!     seen.get(*step as usize + 1).is_none_or(|next| *next == 2 + kind)
//! }));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Hewitt et al. 2020 (arXiv:2010.07515) score closing brackets in this way; Suzgun et al. 2019
//! (arXiv:1911.03329) ask for all that may follow. A bracket opens or closes with equal chance
//! where both are possible. Lengths count brackets; an odd one is taken one longer, and an odd
//! `train_length` one shorter, so that no test string is as short as a trained one.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::formal::Beyond;
use crate::generated::uniform_over;
use crate::keys::{POINT_SIZE, POINTS, TEST_LENGTH, TEST_SIZE, TRAIN_LENGTH, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy, exact_match};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Names, Target, Targets,
    TaskEntry, TaskShape, below,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: Dyck::NAME,
    summary: Dyck::SUMMARY,
    about: include_str!("dyck.rs"),
    keys: &[
        Key::new(
            "kinds",
            Kind::Integer { min: 2, max: 1000 },
            Literal::Integer(2),
            "Kinds of brackets.",
        ),
        Key::new(
            "depth",
            Kind::Integer { min: 1, max: 1000 },
            Literal::Integer(6),
            "Brackets that may be open at once.",
        ),
        TRAIN_LENGTH,
        TEST_LENGTH,
        POINTS,
        POINT_SIZE,
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let Config {
            kinds,
            depth,
            train_length,
            test_length,
            points,
            point_size,
            validation_size,
            test_size,
        } = read_options(ENTRY.name, options)?;
        let beyond = Beyond {
            train_length: train_length / 2 * 2,
            test_length,
            points,
            point_size,
            validation_size,
            test_size,
        };
        let lengths = beyond.lengths(ENTRY.name, 2)?;
        Ok(Box::new(Generated::new(Dyck { kinds, depth }, lengths)?))
    },
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    kinds: usize,
    depth: usize,
    train_length: usize,
    test_length: usize,
    points: usize,
    point_size: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator. Tokens: opening brackets, closing brackets, the begin.
struct Dyck {
    kinds: usize,
    depth: usize,
}

impl Generator for Dyck {
    const NAME: &'static str = "dyck";
    const SUMMARY: &'static str = "the closing bracket that fits, in strings of several kinds";
    const LIMITS: &'static str = "It needs a stack as deep as the brackets are nested, and the depth \
         is bounded, so a state of fixed size can be enough at every length. Most brackets close \
         what was opened a step or two before: look at exact_match as well.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every kind alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 2 * self.kinds + 1 },
            longest.next_multiple_of(2),
            Target::Class { classes: self.kinds },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let length = length.next_multiple_of(2).max(2);
        let kinds = self.kinds as u32;
        let mut tokens = vec![2 * kinds];
        let (mut open, mut steps, mut closing) = (Vec::new(), Vec::new(), Vec::new());
        for at in 0..length {
            let must_open = open.is_empty();
            let must_close = open.len() == self.depth || open.len() == length - at;
            if must_open || (!must_close && below(rng, 2) == 0) {
                let kind = below(rng, self.kinds) as u32;
                open.push(kind);
                tokens.push(kind);
            } else if let Some(kind) = open.pop() {
                steps.push(at);
                closing.push(kind);
                tokens.push(kinds + kind);
            }
        }
        // The last bracket is only asked for.
        tokens.pop();
        Example::of_tokens(tokens, Targets::Classes(closing)).asked_at(steps)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(self.kinds, 0..self.kinds, batch.targets.rows(1))
    }

    fn names(&self) -> Names {
        const PAIRS: [(&str, &str); 4] = [("(", ")"), ("[", "]"), ("{", "}"), ("<", ">")];
        let open = |kind: usize| PAIRS.get(kind).map_or(format!("({kind}"), |it| it.0.into());
        let close = |kind: usize| PAIRS.get(kind).map_or(format!("{kind})"), |it| it.1.into());
        let classes: Vec<String> = (0..self.kinds).map(close).collect();
        let mut tokens: Vec<String> = (0..self.kinds).map(open).collect();
        tokens.extend(classes.clone());
        tokens.push("^".into());
        Names { tokens, classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Inputs, stream};

    proptest! {
        #[test]
        fn strings_are_well_formed_and_ask_for_what_closes_them(
            kinds in 2_usize..5, depth in 1_usize..5, length in 2_usize..40, seed: u64,
        ) {
            let example = Dyck { kinds, depth }.draw(length, &mut stream(seed, "dyck", 0, 0));
            let (Inputs::Tokens(tokens), Targets::Classes(closing)) =
                (&example.inputs, &example.targets) else { panic!("tokens and classes") };
            let length = length.next_multiple_of(2).max(2);
            prop_assert_eq!(tokens.len(), length);
            prop_assert_eq!(closing.len(), length / 2);
            prop_assert_eq!(tokens[0] as usize, 2 * kinds);
            let asked = example.asked.unwrap();
            let mut open = Vec::new();
            let mut answers = asked.iter().zip(closing);
            let last = kinds as u32 + *closing.last().unwrap();
            for (at, &token) in tokens[1..].iter().chain([&last]).enumerate() {
                if (token as usize) < kinds {
                    open.push(token);
                    prop_assert!(open.len() <= depth);
                } else {
                    let (&step, &kind) = answers.next().unwrap();
                    prop_assert_eq!((step as usize, Some(kind)), (at, open.pop()));
                    prop_assert_eq!(token, kinds as u32 + kind);
                }
            }
            prop_assert!(open.is_empty() && answers.next().is_none());
        }
    }
}
