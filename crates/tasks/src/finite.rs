//! A task whose data end: sequences that are held in memory, run through in passes.

use std::sync::{Arc, Mutex, PoisonError};

use crate::metric::{
    Metric, Setting, accuracy, balanced_accuracy, cross_entropy, exact_match, macro_f1, scores_of,
};
use crate::prior::Prior;
use crate::shape::{Target, TaskShape};
use crate::task::TEST;
use crate::{Batch, Example, Names, Part, Task, TaskError, TaskFacts, permutation, stream};

/// A task on sequences in memory: what most tasks on real data are. The training sequences
/// are run through in passes, each in an order of its own (stream "order").
#[derive(Debug)]
pub struct Finite {
    shape: TaskShape,
    about: About,
    training: Vec<Example>,
    parts: Vec<Part>,
    held_out: [Vec<Example>; 2],
    passes: Passes,
}

/// What is said of a task on sequences in memory.
#[derive(Debug, Clone)]
pub struct About {
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show.
    pub limits: String,
    /// The scores, the loss first.
    pub metrics: Vec<&'static Metric>,
    /// Which of them selects and is compared by default.
    pub metric: &'static str,
    /// What the metrics must know.
    pub setting: Setting,
    /// What tokens, classes and channels are called.
    pub names: Names,
    /// BLAKE3 of the data, in hexadecimal.
    pub checksum: String,
}

impl About {
    /// Of a task of classes: judged by accuracy, beside scores that count every class alike.
    pub fn of_classes(
        target: Target,
        summary: impl Into<String>,
        limits: &str,
        names: Names,
        checksum: String,
    ) -> Self {
        let metrics: Vec<&Metric> = vec![
            &cross_entropy::METRIC,
            &accuracy::METRIC,
            &balanced_accuracy::METRIC,
            &macro_f1::METRIC,
        ];
        Self {
            summary: summary.into(),
            limits: limits.into(),
            metrics,
            metric: accuracy::METRIC.name,
            setting: Setting::of(target),
            names,
            checksum,
        }
    }

    /// Of a task of tags: judged by the share that is right, beside scores that count every tag
    /// alike and whole sentences.
    pub fn of_tags(
        target: Target,
        summary: impl Into<String>,
        limits: &str,
        names: Names,
        checksum: String,
    ) -> Self {
        let metrics: Vec<&Metric> = vec![
            &cross_entropy::METRIC,
            &accuracy::METRIC,
            &macro_f1::METRIC,
            &exact_match::METRIC,
        ];
        Self { metrics, ..Self::of_classes(target, summary, limits, names, checksum) }
    }
}

impl Finite {
    /// Joins the sequences of training, validation and test. `shape.max_steps` becomes the length
    /// of the longest, if that is more.
    ///
    /// # Errors
    /// [`TaskError::EmptyPart`] if one of them is empty.
    pub fn new(
        shape: TaskShape,
        about: About,
        training: Vec<Example>,
        validation: Vec<Example>,
        test: Vec<Example>,
    ) -> Result<Self, TaskError> {
        let all = [("training", &training), ("validation", &validation), ("test", &test)];
        if let Some((part, _)) = all.iter().find(|(_, examples)| examples.is_empty()) {
            return Err(TaskError::EmptyPart { part });
        }
        let width = shape.input.width();
        let steps = all.iter().flat_map(|(_, examples)| *examples).map(|it| it.steps(width));
        let shape = TaskShape { max_steps: steps.max().unwrap_or(0).max(shape.max_steps), ..shape };
        let parts = Part::validation_and_test(validation.len(), test.len());
        let held_out = [validation, test];
        Ok(Self { shape, about, training, parts, held_out, passes: Passes::default() })
    }

    fn batch<'a>(&self, examples: impl IntoIterator<Item = &'a Example>) -> Batch {
        Batch::pad(self.shape.input, self.shape.target, examples)
    }

    /// All of a held-out part, some sequences at a time.
    fn batches(&self, part: usize) -> impl Iterator<Item = Batch> {
        self.held_out[part].chunks(self.evaluation_size()).map(|examples| self.batch(examples))
    }
}

impl Task for Finite {
    fn shape(&self) -> TaskShape {
        self.shape
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        self.about.metrics.clone()
    }

    fn setting(&self) -> Setting {
        self.about.setting.clone()
    }

    fn facts(&self) -> TaskFacts {
        let prior = Prior::of(self.shape.target, self.training.iter().map(|it| &it.targets));
        let about = &self.about;
        TaskFacts {
            summary: about.summary.clone(),
            limits: about.limits.clone(),
            metric: about.metric,
            trivial: scores_of(&about.metrics, &about.setting, self.batches(TEST), |batch| {
                prior.predict(batch)
            }),
            trivial_rule: prior.rule().into(),
            checksum: about.checksum.clone(),
            training_sequences: self.training.len(),
        }
    }

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        let order = self.passes.at(seed, step, size, self.training.len());
        self.batch(order.into_iter().map(|i| &self.training[i]))
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        self.batch(self.held_out[part].iter().skip(start).take(size))
    }

    fn names(&self) -> Names {
        self.about.names.clone()
    }
}

/// Which of `n` sequences each optimizer step sees: one permutation after another, each from its
/// own stream. The last one is kept, as a batch seldom needs another; what is kept changes no
/// answer.
#[derive(Debug, Default)]
pub struct Passes {
    last: Mutex<Option<Pass>>,
}

/// An order of all sequences, and which it is.
#[derive(Debug)]
struct Pass {
    seed: u64,
    number: u64,
    order: Arc<[usize]>,
}

impl Passes {
    /// Places `step * size` and on of the permutations of `seed`.
    pub fn at(&self, seed: u64, step: u64, size: usize, n: usize) -> Vec<usize> {
        let (n_wide, size_wide) = (n as u128, size as u128);
        let start = u128::from(step) * size_wide;
        let mut next = (start / n_wide) as u64;
        let mut skip = (start % n_wide) as usize;
        let mut order = Vec::with_capacity(size);
        while order.len() < size {
            let pass = self.pass(seed, next, n);
            order.extend(pass.iter().skip(skip).take(size - order.len()));
            (next, skip) = (next.wrapping_add(1), 0);
        }
        order
    }

    /// The order of a pass.
    fn pass(&self, seed: u64, number: u64, n: usize) -> Arc<[usize]> {
        // A thread that panicked left a whole value or none.
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some(own) if (own.seed, own.number, own.order.len()) == (seed, number, n) => {
                Arc::clone(&own.order)
            }
            _ => {
                let order: Arc<[usize]> =
                    permutation(&mut stream(seed, "order", number, 0), n).into();
                *last = Some(Pass { seed, number, order: Arc::clone(&order) });
                order
            }
        }
    }
}

/// Which of some sequences, given by their classes, are set apart: the share `share` of each
/// class, rounded, decided by `seed` alone (stream `purpose`, index the class).
pub fn stratified(
    classes: &[u32],
    class_count: usize,
    share: f64,
    seed: u64,
    purpose: &str,
) -> Vec<bool> {
    let mut apart = vec![false; classes.len()];
    for class in 0..class_count {
        let members: Vec<_> =
            (0..classes.len()).filter(|&i| classes[i] as usize == class).collect();
        let take = (members.len() as f64 * share).round() as usize;
        let rng = &mut stream(seed, purpose, 0, class as u64);
        for i in permutation(rng, members.len()).into_iter().take(take) {
            apart[members[i]] = true;
        }
    }
    apart
}

/// Examples of one class each in two parts, in their order: those that stay, and the share
/// `share` of each class that [`stratified`] sets apart.
pub fn divided(
    examples: Vec<Example>,
    classes: usize,
    share: f64,
    seed: u64,
    purpose: &str,
) -> (Vec<Example>, Vec<Example>) {
    let of: Vec<u32> = examples.iter().map(Example::class).collect();
    let mut apart = stratified(&of, classes, share, seed, purpose).into_iter();
    let (stay, set): (Vec<_>, Vec<_>) = examples
        .into_iter()
        .map(|example| (apart.next() == Some(true), example))
        .partition(|it| !it.0);
    let bare = |part: Vec<(bool, Example)>| part.into_iter().map(|(_, example)| example).collect();
    (bare(stay), bare(set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_run_through_one_permutation_after_another() {
        let (n, size, passes) = (7, 3, Passes::default());
        let order: Vec<_> = (0..14).flat_map(|step| passes.at(5, step, size, n)).collect();
        let expected: Vec<_> =
            (0..6).flat_map(|pass| permutation(&mut stream(5, "order", pass, 0), n)).collect();
        assert_eq!(order, expected);
        assert_eq!(passes.at(5, 0, 42, n), expected, "a batch longer than the data");
        assert_eq!(passes.at(5, u64::MAX, size, n).len(), size);
    }

    #[test]
    fn what_was_asked_before_changes_no_batch() {
        let passes = Passes::default();
        for (seed, step, n) in [(1, 0, 9), (2, 0, 9), (1, 4, 9), (1, 0, 8), (1, 0, 9), (2, 7, 9)] {
            let fresh = Passes::default().at(seed, step, 4, n);
            assert_eq!(passes.at(seed, step, 4, n), fresh, "seed {seed}, step {step}, {n}");
        }
    }
}
