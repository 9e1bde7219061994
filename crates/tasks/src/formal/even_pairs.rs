//! Even pairs: are there as many changes from 0 to 1 as from 1 to 0?
//!
//! A string of bits; the class is 1 if the number of neighbours that differ is odd, which is so
//! exactly if the first and the last bit differ.
//!
//! ```text
//! 0 1 1 0 1      class 1 (01, 10, 01)
//! ```
//!
//! ```
//! use std::path::Path;
//! use tasks::{Context, Inputs, TEST, Targets, build};
//!
//! let task = build("even_pairs", &Default::default(), &Context { datasets: Path::new("datasets") })?;
//! let batch = task.evaluation_batch(TEST, 0, 1);
//! let Inputs::Tokens(tokens) = &batch.inputs else { panic!("tokens") };
//! assert_eq!(batch.targets, Targets::Classes(vec![u32::from(tokens.first() != tokens.last())]));
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
    name: EvenPairs::NAME,
    summary: EvenPairs::SUMMARY,
    about: include_str!("even_pairs.rs"),
    keys: KEYS,
    build: |options, _: &Context| {
        let beyond: Beyond = read_options(ENTRY.name, options)?;
        Ok(Box::new(Generated::new(EvenPairs, beyond.lengths(ENTRY.name, 1)?)?))
    },
};

const KEYS: &[Key] = &crate::keys::BEYOND;

/// The generator.
struct EvenPairs;

impl Generator for EvenPairs {
    const NAME: &'static str = "even_pairs";
    const SUMMARY: &'static str = "whether an odd number of neighbouring bits differ";
    const LIMITS: &'static str = "It comes down to comparing the first bit with the last, which every kind of network can \
         learn: a model that fails here fails for another reason than the lack of a counter.";
    const METRICS: &'static [&'static Metric] = &[&cross_entropy::METRIC, &accuracy::METRIC];
    const METRIC: &'static str = "accuracy";
    const TRIVIAL: &'static str = "both classes alike, whatever the input";

    fn shape(&self, longest: usize) -> TaskShape {
        TaskShape::new(
            Input::Tokens { vocabulary: 2 },
            longest,
            Target::Class { classes: 2 },
            Answers::Sequence,
        )
    }

    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        let bits: Vec<u32> = (0..length).map(|_| below(rng, 2) as u32).collect();
        let changes = bits.windows(2).filter(|pair| pair[0] != pair[1]).count();
        Example::of_tokens(bits, Targets::Classes(vec![(changes % 2) as u32]))
    }

    fn trivial(&self, batch: &Batch) -> Vec<f32> {
        uniform_over(2, 0..2, batch.size)
    }

    fn names(&self) -> Names {
        let classes = ["even", "odd"].map(str::to_owned).to_vec();
        Names { tokens: vec!["0".into(), "1".into()], classes, ..Names::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Inputs, Lengths, Task};

    #[test]
    fn classes_are_balanced_and_tell_first_from_last() {
        let task = Generated::new(EvenPairs, Lengths::beyond(2, 30, 40, [9, 9], 0, 0)).unwrap();
        let batch = task.training_batch(0, 0, 2000);
        let (Inputs::Tokens(tokens), Targets::Classes(classes)) = (&batch.inputs, &batch.targets)
        else {
            panic!("tokens and classes")
        };
        for ((row, &length), &class) in tokens.chunks(batch.steps).zip(&batch.lengths).zip(classes)
        {
            assert_eq!(class, u32::from(row[0] != row[length - 1]));
        }
        let odd = classes.iter().sum::<u32>() as i32;
        assert!((odd - 1000).abs() < 115, "{odd}");
    }
}
