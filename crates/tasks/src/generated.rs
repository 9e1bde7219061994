//! A task whose sequences are drawn from a definition, without end.

use std::ops::RangeInclusive;

use rand_chacha::ChaCha8Rng;

use crate::batch::Inputs;
use crate::metric::{Metric, scores_of};
use crate::shape::TaskShape;
use crate::task::{TEST, VALIDATION};
use crate::{Batch, Example, Names, Part, Targets, Task, TaskError, TaskFacts, below, stream};

/// The definition that the sequences of a task are drawn from.
pub trait Generator: Send + Sync {
    /// Registered name of the task; it names the random streams.
    const NAME: &'static str;
    /// One line: what is to be predicted from what.
    const SUMMARY: &'static str;
    /// What the task can and cannot show.
    const LIMITS: &'static str;
    /// The scores, the loss first.
    const METRICS: &'static [&'static Metric];
    /// Which of them selects and is compared by default.
    const METRIC: &'static str;
    /// How the trivial prediction is made.
    const TRIVIAL: &'static str;

    /// Sizes of the task; `max_steps` is that of sequences of length `longest`.
    fn shape(&self, longest: usize) -> TaskShape;

    /// A sequence of length `length`, as the task counts length. What it draws must depend on
    /// `length` and `rng` alone.
    fn draw(&self, length: usize, rng: &mut ChaCha8Rng) -> Example;

    /// [`Generator::draw`], but the inputs may be left empty where the trivial prediction
    /// needs none and drawing them is long.
    fn draw_targets(&self, length: usize, rng: &mut ChaCha8Rng) -> Example {
        self.draw(length, rng)
    }

    /// What the trivial prediction says of a batch, `[rows, outputs]`.
    fn trivial(&self, batch: &Batch) -> Vec<f32>;

    /// Length of the sequences that [`TaskFacts::checksum`] is made of.
    fn sample_length(&self) -> usize {
        8
    }

    /// What tokens, classes and channels are called.
    fn names(&self) -> Names {
        Names::default()
    }
}

/// How many sequences of which lengths a task has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lengths {
    /// Of training sequences; each is drawn uniformly.
    pub training: RangeInclusive<usize>,
    /// Of each held-out part, validation and test first.
    pub parts: Vec<(Part, RangeInclusive<usize>)>,
    /// Whether short sequences would often be drawn twice, so that the space of all sequences
    /// has to be divided: by their BLAKE3, one in 16 is of the validation part, one in 16 of
    /// the test part, and neither is ever trained on. Parts that are longer than any training
    /// sequence, and those of one [length](Part::length), need no such share.
    pub apart: bool,
}

impl Lengths {
    /// All sequences have the same length.
    pub fn same(length: usize, validation: usize, test: usize) -> Self {
        let parts = Part::validation_and_test(validation, test);
        let parts = parts.into_iter().map(|part| (part, length..=length)).collect();
        Self { training: length..=length, parts, apart: false }
    }

    /// Trained (and validated) up to `longest`, tested on `longest + 1..=test_longest`, and,
    /// for a score by length, on `points` lengths of each of which there are `each` sequences:
    /// from `longest` to `test_longest` in equal steps (named `length_N`).
    pub fn beyond(
        shortest: usize,
        longest: usize,
        test_longest: usize,
        sizes: [usize; 2],
        points: usize,
        each: usize,
    ) -> Self {
        let [validation, test] = Part::validation_and_test(sizes[0], sizes[1])
            .try_into()
            .unwrap_or_else(|_| unreachable!("two parts"));
        let mut parts = vec![(validation, shortest..=longest), (test, longest + 1..=test_longest)];
        let mut lengths: Vec<_> =
            (1..=points).map(|point| longest + (test_longest - longest) * point / points).collect();
        lengths.insert(0, longest);
        lengths.dedup();
        for length in lengths.into_iter().filter(|_| points > 0) {
            let name = format!("length_{length}");
            parts.push((Part { name, sequences: each, length: Some(length) }, length..=length));
        }
        Self { training: shortest..=longest, parts, apart: true }
    }

    fn longest(&self) -> usize {
        let longest = self.parts.iter().map(|(_, lengths)| *lengths.end()).max().unwrap_or(0);
        longest.max(*self.training.end())
    }
}

/// The task of a [`Generator`]. Sequence `index` of step `step` is drawn from the stream
/// (seed, "NAME training", step, index), sequence `index` of a held-out part from (0, "NAME
/// PART", 0, index): held-out sequences are the same for every replicate.
#[derive(Debug, Clone)]
pub struct Generated<G> {
    generator: G,
    lengths: Lengths,
    parts: Vec<Part>,
    training: String,
    /// Whether held-out sequences take the lengths of their part one after another.
    in_order: bool,
}

/// Which share of all sequences one belongs to, where the space is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Training,
    Part(usize),
}

/// Draws that may fall to another share before the space counts as too small.
const MOST_DRAWS: usize = 10_000;

impl<G: Generator> Generated<G> {
    /// The task.
    ///
    /// # Errors
    /// [`TaskError::TooFewSequences`] if the space of sequences is too small to be divided.
    pub fn new(generator: G, lengths: Lengths) -> Result<Self, TaskError> {
        let parts = lengths.parts.iter().map(|(part, _)| part.clone()).collect();
        let training = format!("{} training", G::NAME);
        let task = Self { generator, lengths, parts, training, in_order: false };
        for share in [Share::Training, Share::Part(VALIDATION), Share::Part(TEST)] {
            let rng = &mut stream(0, "any", 0, 0);
            if task.try_example(share, rng, G::draw).is_none() {
                return Err(TaskError::TooFewSequences { task: G::NAME });
            }
        }
        Ok(task)
    }

    /// The same where there is one sequence of each length: sequence `index` of a held-out part
    /// is of length `index` of its range, over and over.
    ///
    /// # Errors
    /// Those of [`Generated::new`].
    pub fn in_order(generator: G, lengths: Lengths) -> Result<Self, TaskError> {
        Ok(Self { in_order: true, ..Self::new(generator, lengths)? })
    }

    fn range(&self, share: Share) -> &RangeInclusive<usize> {
        match share {
            Share::Training => &self.lengths.training,
            Share::Part(part) => &self.lengths.parts[part].1,
        }
    }

    fn try_example(
        &self,
        share: Share,
        rng: &mut ChaCha8Rng,
        draw: impl Fn(&G, usize, &mut ChaCha8Rng) -> Example,
    ) -> Option<Example> {
        let range = self.range(share);
        let count = range.end() - range.start() + 1;
        let beyond = *range.start() > *self.lengths.training.end();
        let divided = self.lengths.apart && !beyond && !matches!(share, Share::Part(2..));
        (0..MOST_DRAWS).find_map(|_| {
            let length = range.start() + if count > 1 { below(rng, count) } else { 0 };
            let example = draw(&self.generator, length, rng);
            (!divided || share_of(&example) == share).then_some(example)
        })
    }

    fn example(
        &self,
        share: Share,
        mut rng: ChaCha8Rng,
        draw: impl Fn(&G, usize, &mut ChaCha8Rng) -> Example,
    ) -> Example {
        // `new` has seen that there are such sequences: one in 10,000 tries is the least that
        // it let pass, and missing it forever has no chance.
        loop {
            if let Some(example) = self.try_example(share, &mut rng, &draw) {
                return example;
            }
        }
    }

    /// Sequence `index` of a held-out part.
    fn held_out(
        &self,
        part: usize,
        index: usize,
        draw: impl Fn(&G, usize, &mut ChaCha8Rng) -> Example,
    ) -> Example {
        let name = &self.parts[part].name;
        let mut rng = stream(0, &format!("{} {name}", G::NAME), 0, index as u64);
        if self.in_order {
            let lengths = self.range(Share::Part(part)).clone();
            let count = lengths.end() - lengths.start() + 1;
            return draw(&self.generator, lengths.start() + index % count, &mut rng);
        }
        self.example(Share::Part(part), rng, draw)
    }

    fn batch(&self, examples: &[Example]) -> Batch {
        let TaskShape { input, target, .. } = self.shape();
        Batch::pad(input, target, examples)
    }

    /// What the trivial prediction scores on the test part.
    fn trivial(&self) -> std::collections::BTreeMap<String, f64> {
        // Which share a sequence is of is told by its inputs.
        let draw = if self.lengths.apart { G::draw } else { G::draw_targets };
        let batches = (0..self.parts[TEST].sequences)
            .map(|index| self.batch(&[self.held_out(TEST, index, draw)]));
        scores_of(G::METRICS, &self.setting(), batches, |batch| self.generator.trivial(batch))
    }

    /// Checksum of a small sample of each kind: changes when the generator does.
    fn checksum(&self) -> String {
        let length = self.generator.sample_length();
        let parts = ["training", "validation", "test"];
        let mut hasher = blake3::Hasher::new();
        for part in parts {
            let purpose = format!("{} {part}", G::NAME);
            let examples: Vec<_> = (0..4)
                .map(|index| self.generator.draw(length, &mut stream(0, &purpose, 0, index)))
                .collect();
            for example in &examples {
                hash_inputs(&mut hasher, &example.inputs);
            }
            for example in &examples {
                hash_targets(&mut hasher, &example.targets);
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

impl<G: Generator> Task for Generated<G> {
    fn shape(&self) -> TaskShape {
        self.generator.shape(self.lengths.longest())
    }

    fn facts(&self) -> TaskFacts {
        TaskFacts {
            summary: G::SUMMARY.into(),
            limits: G::LIMITS.into(),
            metric: G::METRIC,
            trivial: self.trivial(),
            trivial_rule: G::TRIVIAL.into(),
            checksum: self.checksum(),
            training_sequences: 0,
        }
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        G::METRICS.to_vec()
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let rng = |index| stream(seed, &self.training, step, index);
        let example = |index| self.example(Share::Training, rng(index), G::draw);
        self.batch(&(0..size as u64).map(example).collect::<Vec<_>>())
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        let end = start.saturating_add(size).min(self.parts[part].sequences);
        let example = |index| self.held_out(part, index, G::draw);
        self.batch(&(start..end).map(example).collect::<Vec<_>>())
    }

    fn names(&self) -> Names {
        self.generator.names()
    }
}

/// Outputs that give the classes of `allowed` the same probability and the others none,
/// `rows` times.
pub(crate) fn uniform_over(
    classes: usize,
    allowed: std::ops::Range<usize>,
    rows: usize,
) -> Vec<f32> {
    // exp of it is 0 in f64 beside any other logit.
    const IMPOSSIBLE: f32 = -1e4;
    let row = |class| if allowed.contains(&class) { 0.0 } else { IMPOSSIBLE };
    (0..classes).map(row).collect::<Vec<_>>().repeat(rows)
}

fn share_of(example: &Example) -> Share {
    let mut hasher = blake3::Hasher::new();
    hash_inputs(&mut hasher, &example.inputs);
    match hasher.finalize().as_bytes()[0] % 16 {
        0 => Share::Part(VALIDATION),
        1 => Share::Part(TEST),
        _ => Share::Training,
    }
}

fn hash_inputs(hasher: &mut blake3::Hasher, inputs: &Inputs) {
    match inputs {
        Inputs::Values(values) => hash_numbers(hasher, values),
        Inputs::Tokens(tokens) => hash_indices(hasher, tokens),
    }
}

fn hash_targets(hasher: &mut blake3::Hasher, targets: &Targets) {
    match targets {
        Targets::Classes(classes) => hash_indices(hasher, classes),
        Targets::Values(numbers) | Targets::Labels(numbers) => hash_numbers(hasher, numbers),
    }
}

fn hash_numbers(hasher: &mut blake3::Hasher, numbers: &[f32]) {
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
}

fn hash_indices(hasher: &mut blake3::Hasher, indices: &[u32]) {
    for index in indices {
        hasher.update(&index.to_le_bytes());
    }
}
