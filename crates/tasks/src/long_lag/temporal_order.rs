//! Temporal order: in which order did the marked symbols come?
//!
//! Among random distractors a, b, c and d stand two (or three) symbols that are X or Y, far
//! apart. The class is their order: XX, XY, YX or YY (eight classes for three).
//!
//! ```text
//! c b X a d d b c a b b Y d a c b c a d b      class XY
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("temporal_order", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! let marked: Vec<_> = tokens.iter().filter(|token| **token >= 4).map(|token| token - 4).collect();
//! assert_eq!(batch.targets, Targets::Classes(vec![2 * marked[0] + marked[1]]));
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! Experiment 6 of Hochreiter and Schmidhuber 1997, in the form of Pascanu, Mikolov and Bengio
//! 2013 (arXiv:1211.5063), which scales with the length: of L steps the first symbol stands in
//! [L/10, 2L/10), the second in [5L/10, 6L/10); of three, in tenths 1, 3.3 and 6.6. Begin and
//! end symbols of the original are left out.

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
    name: TemporalOrder::NAME,
    summary: TemporalOrder::SUMMARY,
    about: include_str!("temporal_order.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 10, max: 1_000_000 },
            Literal::Integer(100),
            "Steps of every sequence.",
        ),
        Key::new(
            "symbols",
            Kind::Integer { min: 2, max: 3 },
            Literal::Integer(2),
            "Symbols whose order is asked for: 2 make 4 classes, 3 make 8.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let lengths = Lengths::same(config.length, config.validation_size, config.test_size);
        Ok(Box::new(Generated::new(TemporalOrder { symbols: config.symbols }, lengths)?))
    },
};

/// Distractors; the tokens after them are X and Y.
const DISTRACTORS: usize = 4;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    symbols: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct TemporalOrder {
    symbols: usize,
}

impl TemporalOrder {
    /// Where each symbol may stand, in thousandths of the length.
    fn places(&self) -> &'static [[usize; 2]] {
        if self.symbols == 2 {
            &[[100, 200], [500, 600]]
        } else {
            &[[100, 200], [330, 430], [660, 760]]
        }
    }
}

impl Generator for TemporalOrder {
    const NAME: &'static str = "temporal_order";
    const SUMMARY: &'static str = "the order of two or three marked symbols among distractors";
    const LIMITS: &'static str = "It tests whether a few symbols survive a long lag in their order; \
         the places where they stand vary by a tenth of the length only, so a network that sees \
         all steps side by side can solve it as well.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every order alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: DISTRACTORS + 2 },
            longest,
            Target::Class { classes: 1 << self.symbols },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let mut tokens: Vec<u32> = (0..length).map(|_| below(rng, DISTRACTORS) as u32).collect();
        let mut class = 0;
        for [from, to] in self.places() {
            let (from, to) = (from * length / 1000, to * length / 1000);
            let at = from + below(rng, (to - from).max(1));
            let symbol = below(rng, 2) as u32;
            tokens[at] = DISTRACTORS as u32 + symbol;
            class = 2 * class + symbol;
        }
        Example::of_tokens(tokens, Targets::Classes(vec![class]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        let classes = 1 << self.symbols;
        uniform_over(classes, 0..classes, batch.size)
    }

    fn sample_length(&self) -> usize {
        20
    }

    fn names(&self) -> Names {
        let class = |class: usize| {
            (0..self.symbols)
                .rev()
                .map(|bit| if class >> bit & 1 == 0 { 'X' } else { 'Y' })
                .collect()
        };
        Names {
            tokens: ["a", "b", "c", "d", "X", "Y"].map(str::to_owned).to_vec(),
            classes: (0..1 << self.symbols).map(class).collect(),
            ..Names::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Task};

    #[test]
    fn symbols_stand_where_they_may_and_every_order_is_as_likely() {
        for symbols in [2, 3] {
            let order = TemporalOrder { symbols };
            let task = Generated::new(order, Lengths::same(50, 10, 10)).unwrap();
            let batch = task.training_batch(3, 0, 4000);
            let (Inputs::Tokens(tokens), Targets::Classes(classes)) =
                (&batch.inputs, &batch.targets)
            else {
                panic!("tokens and classes")
            };
            let mut counts = vec![0_i32; 1 << symbols];
            for (row, class) in tokens.chunks(50).zip(classes) {
                let marked: Vec<_> = (0..50).filter(|&at| row[at] >= 4).collect();
                assert_eq!(marked.len(), symbols);
                for (at, [from, to]) in marked.iter().zip(TemporalOrder { symbols }.places()) {
                    assert!((from * 50 / 1000..to * 50 / 1000).contains(at));
                }
                let name: String =
                    marked.iter().map(|&at| if row[at] == 4 { 'X' } else { 'Y' }).collect();
                assert_eq!(task.names().classes[*class as usize], name);
                counts[*class as usize] += 1;
            }
            let expected = 4000 / (1 << symbols);
            assert!(counts.iter().all(|count| (count - expected).abs() < 150), "{counts:?}");
            let loss = task.facts().trivial["loss"];
            assert!((loss - symbols as f64 * std::f64::consts::LN_2).abs() < 1e-9);
        }
    }
}
