//! Associative recall with many queries: name the value that came with each key.
//!
//! A sequence begins with `pairs` pairs of a key and a value, all different. After them each
//! key comes once more, at a step that a power law draws (most come soon); there its value is
//! asked for. All other steps hold the token 0.
//!
//! ```text
//! input   k3 v7 k1 v4 k2 v9  k1 0 k3 0 0 0 0 0 k2 0
//! target                     v4   v7           v9
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Asked, Context, Inputs, TEST, Targets, build};
//!
//! let task = build("associative_recall", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let (Inputs::Tokens(seen), Asked::Steps(steps), Targets::Classes(values)) =
//!     (&batch.inputs, &batch.asked, &batch.targets)
//! else {
//!     panic!("tokens, steps and classes")
//! };
//! let query = seen[steps[0] as usize];
//! let place = seen.iter().position(|token| *token == query).unwrap();
//! assert_eq!(seen[place + 1], values[0]);
//! # Ok::<(), tasks::TaskError>(())
//! ```
//!
//! The generator of multi-query associative recall of Arora et al. 2023 (arXiv:2312.04927,
//! Zoology): keys from the first half of the vocabulary, values from the second, queries at
//! even distances 2g after the pairs with p(g) ∝ (g + 1)^(a − 1), a = 0.01, no two at the same.
//! Their vocabulary is 8192 with 64 to 512 steps; the default here is smaller.

use rand_chacha::ChaCha8Rng;
use schema::{Key, Kind, Literal};
use serde::Deserialize;

use crate::entry::read_options;
use crate::generated::uniform_over;
use crate::keys::{TEST_SIZE, VALIDATION_SIZE};
use crate::metric::{Metric, accuracy, cross_entropy, exact_match};
use crate::{
    Answers, Batch, Context, Example, Generated, Generator, Input, Lengths, Names, Target, Targets,
    TaskEntry, TaskShape, below, permutation, unit,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: AssociativeRecall::NAME,
    summary: AssociativeRecall::SUMMARY,
    about: include_str!("associative_recall.rs"),
    keys: &[
        Key::new(
            "length",
            Kind::Integer { min: 8, max: 100_000 },
            Literal::Integer(64),
            "Steps of every sequence; at least four for each pair.",
        ),
        Key::new(
            "pairs",
            Kind::Integer { min: 1, max: 20_000 },
            Literal::Integer(8),
            "Pairs of a key and a value.",
        ),
        Key::new(
            "vocabulary",
            Kind::Integer { min: 16, max: 65_536 },
            Literal::Integer(256),
            "Tokens: half of them keys (and 0), half of them values.",
        ),
        VALIDATION_SIZE,
        TEST_SIZE,
    ],
    build: |options, _: &Context| {
        let config: Config = read_options(ENTRY.name, options)?;
        let Config { length, pairs, vocabulary, .. } = config;
        if 4 * pairs > length {
            let reason = format!(
                "pairs = {pairs} do not fit into length = {length}: the pairs take {} steps, and \
                 there must be as many after them; at most {} fit",
                2 * pairs,
                length / 4
            );
            return Err(crate::TaskError::Together { task: ENTRY.name, reason });
        }
        if pairs >= vocabulary / 2 {
            let reason = format!(
                "pairs = {pairs} need as many different keys, and vocabulary = {vocabulary} has {}",
                vocabulary / 2 - 1
            );
            return Err(crate::TaskError::Together { task: ENTRY.name, reason });
        }
        let lengths = Lengths::same(length, config.validation_size, config.test_size);
        Ok(Box::new(Generated::new(AssociativeRecall { pairs, vocabulary }, lengths)?))
    },
};

/// Exponent of the power law: queries come soon after the pairs.
const POWER: f64 = 0.01;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    length: usize,
    pairs: usize,
    vocabulary: usize,
    validation_size: usize,
    test_size: usize,
}

/// The generator.
struct AssociativeRecall {
    pairs: usize,
    vocabulary: usize,
}

/// `count` different numbers of `0..n`, the number g with a weight of (g + 1)^(a − 1), drawn one
/// after another without those that are taken.
fn distances(n: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut weights: Vec<f64> = (1..=n).map(|g| (g as f64).powf(POWER - 1.0)).collect();
    (0..count)
        .map(|_| {
            let mut left = f64::from(unit(rng)) * weights.iter().sum::<f64>();
            let open = |weights: &[f64]| weights.iter().rposition(|weight| *weight > 0.0);
            let mut at = open(&weights).unwrap_or(0);
            for (place, weight) in weights.iter().enumerate().filter(|(_, weight)| **weight > 0.0) {
                left -= weight;
                if left < 0.0 {
                    at = place;
                    break;
                }
            }
            weights[at] = 0.0;
            at
        })
        .collect()
}

/// `count` different numbers of `range`.
fn different(range: std::ops::Range<usize>, count: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    // A permutation of a large vocabulary costs more than the whole sequence.
    if count * 8 > range.len() {
        let all = permutation(rng, range.len());
        return all.into_iter().take(count).map(|at| range.start + at).collect();
    }
    let mut drawn = Vec::with_capacity(count);
    while drawn.len() < count {
        let one = range.start + below(rng, range.len());
        if !drawn.contains(&one) {
            drawn.push(one);
        }
    }
    drawn
}

impl Generator for AssociativeRecall {
    const NAME: &'static str = "associative_recall";
    const SUMMARY: &'static str = "the value that came with each key, asked for many keys";
    const LIMITS: &'static str = "It tests how many bindings a state of fixed size holds: attention \
         looks them up, a recurrent network has to keep them. Keys and values are single tokens \
         and each is used once, so nothing here speaks for bindings that change.";
    const METRICS: &'static [&'static Metric] =
        &[&cross_entropy::METRIC, &accuracy::METRIC, &exact_match::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "every value alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: self.vocabulary },
            longest,
            Target::Class { classes: self.vocabulary },
            Answers::Steps { future: false },
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let (pairs, half) = (self.pairs, self.vocabulary / 2);
        let keys = different(1..half, pairs, rng);
        let values = different(half..self.vocabulary, pairs, rng);
        let mut tokens = Vec::with_capacity(length);
        for (&key, &value) in keys.iter().zip(&values) {
            tokens.extend([key as u32, value as u32]);
        }
        tokens.resize(length, 0);
        let start = 2 * pairs;
        let mut queries: Vec<_> = distances((length - start).div_ceil(2), pairs, rng)
            .into_iter()
            .zip(keys.into_iter().zip(values))
            .map(|(distance, pair)| (start + 2 * distance, pair))
            .collect();
        queries.sort_unstable();
        for &(step, (key, _)) in &queries {
            tokens[step] = key as u32;
        }
        let asked: Vec<u32> = queries.iter().map(|(_, (_, value))| *value as u32).collect();
        let steps: Vec<usize> = queries.into_iter().map(|(step, _)| step).collect();
        Example::of_tokens(tokens, Targets::Classes(asked)).asked_at(steps)
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        let values = self.vocabulary / 2..self.vocabulary;
        uniform_over(self.vocabulary, values, batch.targets.rows(1))
    }

    fn sample_length(&self) -> usize {
        4 * self.pairs
    }

    fn names(&self) -> Names {
        let half = self.vocabulary / 2;
        let name = |token| match token {
            0 => "0".to_owned(),
            token if token < half => format!("k{token}"),
            token => format!("v{}", token - half),
        };
        let names: Vec<_> = (0..self.vocabulary).map(name).collect();
        Names { tokens: names.clone(), classes: names, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand_core::Rng as _;

    use super::*;
    use crate::{Asked, Inputs, Task, stream};

    #[test]
    fn each_key_is_asked_once_and_answered_by_its_value() {
        let generator = AssociativeRecall { pairs: 5, vocabulary: 40 };
        let task = Generated::new(generator, Lengths::same(30, 10, 10)).unwrap();
        let batch = task.training_batch(2, 0, 300);
        let (Inputs::Tokens(tokens), Asked::Steps(steps), Targets::Classes(values)) =
            (&batch.inputs, &batch.asked, &batch.targets)
        else {
            panic!("tokens, steps and classes")
        };
        assert_eq!(steps.len(), 300 * 5);
        for (row, (steps, values)) in tokens.chunks(30).zip(steps.chunks(5).zip(values.chunks(5))) {
            let pairs: BTreeSet<_> = row[..10].chunks(2).map(|pair| (pair[0], pair[1])).collect();
            assert_eq!(pairs.iter().map(|pair| pair.0).collect::<BTreeSet<_>>().len(), 5);
            assert_eq!(pairs.iter().map(|pair| pair.1).collect::<BTreeSet<_>>().len(), 5);
            assert!(pairs.iter().all(|(key, value)| (1..20).contains(key) && *value >= 20));
            let asked: BTreeSet<_> = steps
                .iter()
                .zip(values)
                .map(|(&step, &value)| {
                    let step = step as usize % 30;
                    assert!(step >= 10 && step.is_multiple_of(2));
                    (row[step], value)
                })
                .collect();
            assert_eq!(asked, pairs);
            assert_eq!(row[10..].iter().filter(|token| **token != 0).count(), 5);
        }
    }

    #[test]
    fn distances_follow_the_power_law() {
        let rng = &mut stream(0, "distances", 0, 0);
        let mut counts = [0_f64; 8];
        for _ in 0..20_000 {
            counts[distances(8, 1, rng)[0]] += 1.0;
        }
        let weights: Vec<f64> = (1..=8).map(|g| f64::from(g).powf(POWER - 1.0)).collect();
        let all: f64 = weights.iter().sum();
        for (count, weight) in counts.iter().zip(&weights) {
            let expected = 20_000.0 * weight / all;
            assert!((count - expected).abs() < 5.0 * expected.sqrt(), "{counts:?}");
        }
        let mut all = distances(8, 8, rng);
        all.sort_unstable();
        assert_eq!(all, (0..8).collect::<Vec<_>>());
        assert_eq!(different(3..6, 3, rng).into_iter().collect::<BTreeSet<_>>(), [3, 4, 5].into());
        assert_eq!(different(3..6000, 3, rng).into_iter().collect::<BTreeSet<_>>().len(), 3);
        let _ = rng.next_u32();
    }
}
