//! How long a configuration takes, from a few of its steps.

use std::time::{Duration, Instant};

use architectures::Carried;
use burn::module::Module as _;
use burn_train::{InferenceStep as _, Learner};
use serde::{Deserialize, Serialize};
use store::RunConfig;
use tasks::{TEST, Task, VALIDATION};

use crate::model::initial_model;
use crate::step::Step;
use crate::{Item, TrainOptions, Trainable, TrainingError, device, optimizer};

/// Steps that are timed, at most; one before them is not.
const MOST_STEPS: usize = 9;
/// Steps that are timed even where time runs out.
const FEWEST_STEPS: usize = 2;

/// How long the parts of a run take, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pace {
    /// From nothing to the first step.
    pub start: f64,
    /// One optimizer step: the median of those that were timed.
    pub step: f64,
    /// The validation split once.
    pub validation: f64,
    /// The test split once, and all parts that select nothing.
    pub test: f64,
}

impl Pace {
    /// Seconds of a whole run: all steps, the validation split after each epoch, and the
    /// test split for the last weights and for the best.
    pub fn run_seconds(&self, options: &TrainOptions) -> f64 {
        self.start
            + self.step * options.steps as f64
            + self.validation * options.epochs() as f64
            + self.test * 2.0
    }
}

/// Takes a few training steps of `config` on `task`, and evaluates a part of each held-out
/// split, for about as long as `budget`; nothing is written. The time of a split is taken to
/// be proportional to its sequences.
///
/// # Errors
/// Those of [`crate::train`] that come before its first step.
pub fn pace(config: &RunConfig, task: &dyn Task, budget: Duration) -> Result<Pace, TrainingError> {
    let started = Instant::now();
    let options = TrainOptions::read(&config.train)?;
    let device = device(&config.backend)?;
    let training_device = device.clone().autodiff();
    let model = initial_model(config, 0, &task.shape(), &training_device)?;
    let model = Trainable::new(model, options.rules());
    let optimizer = optimizer(&options, &model);
    let mut learner = Learner::new(model, optimizer, options.learning_rate);
    let start = started.elapsed().as_secs_f64();

    let mut step = 0;
    let mut carried = task.shape().carried.then(Carried::default);
    let mut timed = || {
        let begun = Instant::now();
        let mut all = Step::default();
        for _ in 0..options.accumulate {
            let batch = task.training_batch(0, step, options.batch);
            step += 1;
            let item = Item::new(batch, carried.take(), &training_device).with_noise(0, step);
            carried = all.add(&learner, item).carried;
        }
        all.take(&mut learner);
        begun.elapsed().as_secs_f64()
    };
    // The first step meets an empty cache and memory that is not there yet.
    let first = timed();
    let mut steps = Vec::new();
    while steps.len() < MOST_STEPS && (steps.len() < FEWEST_STEPS || started.elapsed() < budget) {
        // One step that takes longer than there is time for says enough.
        if first > budget.as_secs_f64() {
            steps.push(first);
            break;
        }
        steps.push(timed());
    }
    steps.sort_unstable_by(f64::total_cmp);
    let model = learner.model().valid();
    let evaluation = |part: usize| {
        let all = task.parts()[part].sequences;
        let size = all.min(task.evaluation_size());
        let begun = Instant::now();
        let batch = task.evaluation_batch(part, 0, size);
        let carried = task.shape().carried.then(Carried::default);
        model.step(Item::new(batch, carried, &device));
        begun.elapsed().as_secs_f64() * all as f64 / size.max(1) as f64
    };
    Ok(Pace {
        start,
        step: steps[steps.len() / 2],
        validation: evaluation(VALIDATION),
        test: (TEST..task.parts().len()).map(evaluation).sum(),
    })
}
