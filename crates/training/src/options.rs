//! The table `[train]`.

use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;
use serde_json::Value;

use crate::TrainingError;
use crate::early_stopping::{EARLY_STOPPING_KEYS, EarlyStopping};
use crate::schedule::{Plateau, SCHEDULE_KEYS, Schedule};
use crate::trainable::StepRules;

/// The keys of `[train]`.
pub const TRAIN_KEYS: &[Key] = &[
    Key::new(
        "steps",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        Literal::Integer(1000),
        "Optimizer steps of a run.",
    ),
    Key::new(
        "evaluate_every",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        Literal::Integer(100),
        "Steps between evaluations on the validation split: one epoch.",
    ),
    Key::new(
        "batch",
        Kind::Integer { min: 1, max: 65_536 },
        Literal::Integer(32),
        "Sequences in a training batch.",
    ),
    Key::new(
        "optimizer",
        Kind::OneOf(&[
            Choice { word: "adam", doc: "Kingma and Ba 2015, beta 0.9 and 0.999, epsilon 1e-8." },
            Choice {
                word: "adamw",
                doc: "Adam with weight decay apart from the gradient, Loshchilov and Hutter 2019.",
            },
            Choice { word: "rmsprop", doc: "Hinton 2012, alpha 0.99, epsilon 1e-8." },
            Choice { word: "sgd", doc: "Stochastic gradient descent." },
        ]),
        Literal::Text("adam"),
        "The optimizer.",
    ),
    Key::new(
        "learning_rate",
        Kind::Number { min: 0.0, max: 1000.0 },
        Literal::Number(1e-3),
        "The optimizer's learning rate; constant over the run unless `schedule` says otherwise.",
    ),
    Key::new(
        "clip_norm",
        Kind::Number { min: 0.0, max: f64::MAX },
        Literal::Number(1.0),
        "Gradients are scaled down so that the Euclidean norm of all of them together is at \
         most this; 0 turns clipping off.",
    ),
    // Without a default: a run that does not give one of these has the identity that it had
    // before the key existed.
    Key::optional(
        "schedule",
        Kind::Table(SCHEDULE_KEYS),
        "How the learning rate changes over the run.",
    ),
    Key::optional(
        "momentum",
        Kind::Number { min: 0.0, max: 1.0 },
        "Momentum of `sgd` and `rmsprop`; 0 if absent.",
    ),
    Key::optional(
        "nesterov",
        Kind::Boolean,
        "Whether the momentum of `sgd` is Nesterov's; no if absent.",
    ),
    Key::optional(
        "weight_decay",
        Kind::Number { min: 0.0, max: 1000.0 },
        "Pulls the weights towards 0: part of the gradient, but of `adamw` times the learning rate \
         apart from it; 0 if absent.",
    ),
    Key::optional(
        "decay_biases",
        Kind::Boolean,
        "Whether weight decay holds for biases, norms and peepholes too, as in PyTorch; yes if \
         absent.",
    ),
    Key::optional(
        "clip_value",
        Kind::Number { min: 0.0, max: f64::MAX },
        "Every number of the gradients is brought within this from 0, before `clip_norm`; 0 turns it \
         off, as if absent.",
    ),
    Key::optional(
        "accumulate",
        Kind::Integer { min: 1, max: 65_536 },
        "Batches whose gradients are averaged for one optimizer step; 1 if absent.",
    ),
    Key::optional(
        "label_smoothing",
        Kind::Number { min: 0.0, max: 1.0 },
        "Part of the target that is spread over all classes while training; 0 if absent. Of no \
         effect on tasks without classes.",
    ),
    Key::optional(
        "weight_noise",
        Kind::Number { min: 0.0, max: 1000.0 },
        "Standard deviation of the normal noise that is added to every weight while it is trained, \
         fresh for each batch; 0 if absent.",
    ),
    Key::optional(
        "early_stopping",
        Kind::Table(EARLY_STOPPING_KEYS),
        "Ends a run before `steps` when its validation score no longer improves.",
    ),
];

/// The options of `[train]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainOptions {
    /// Optimizer steps of a run.
    pub steps: u64,
    /// Steps of an epoch.
    pub evaluate_every: u64,
    /// Sequences in a training batch.
    pub batch: usize,
    /// The optimizer.
    pub optimizer: OptimizerKind,
    /// Its learning rate.
    pub learning_rate: f64,
    /// Largest global gradient norm; 0 for none.
    pub clip_norm: f64,
    /// When to end before `steps`, if ever.
    #[serde(default)]
    pub early_stopping: Option<EarlyStopping>,
    /// How the learning rate changes.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// Momentum.
    #[serde(default)]
    pub momentum: f64,
    /// Whether it is Nesterov's.
    #[serde(default)]
    pub nesterov: bool,
    /// Weight decay.
    #[serde(default)]
    pub weight_decay: f64,
    /// Whether weights with one axis decay too.
    #[serde(default = "yes")]
    pub decay_biases: bool,
    /// Largest number of a gradient; 0 for none.
    #[serde(default)]
    pub clip_value: f64,
    /// Batches of one step.
    #[serde(default = "one")]
    pub accumulate: u64,
    /// Part of the target that is spread over all classes.
    #[serde(default)]
    pub label_smoothing: f64,
    /// Deviation of the noise on weights; 0 for none.
    #[serde(default)]
    pub weight_noise: f64,
}

/// The optimizers by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Adam.
    Adam,
    /// AdamW.
    #[serde(rename = "adamw")]
    AdamW,
    /// RMSprop.
    #[serde(rename = "rmsprop")]
    RmsProp,
    /// Stochastic gradient descent.
    Sgd,
}

fn yes() -> bool {
    true
}

fn one() -> u64 {
    1
}

impl TrainOptions {
    /// Reads checked options.
    ///
    /// # Errors
    /// [`TrainingError::Options`].
    pub fn read(options: &Options) -> Result<Self, TrainingError> {
        schema::read(options).map_err(TrainingError::Options)
    }

    /// The learning rate of a step, counted from 0.
    pub fn rate(&self, step: u64, plateau: Option<&Plateau>) -> f64 {
        let at = |it: Schedule| it.at(step, self.steps, self.evaluate_every, plateau);
        self.schedule.map_or(self.learning_rate, |it| self.learning_rate * at(it))
    }

    /// What is done to the gradients and the loss of a step.
    pub fn rules(&self) -> StepRules {
        StepRules {
            clip_norm: self.clip_norm,
            clip_value: self.clip_value,
            label_smoothing: self.label_smoothing,
            weight_noise: self.weight_noise,
        }
    }

    /// Epochs of a run; the last one may be shorter.
    pub fn epochs(&self) -> u64 {
        self.steps.div_ceil(self.evaluate_every)
    }

    /// The steps (counted from 0) of epoch `epoch` (counted from 1).
    pub fn steps_of_epoch(&self, epoch: u64) -> std::ops::Range<u64> {
        let first = (epoch - 1) * self.evaluate_every;
        first..(first + self.evaluate_every).min(self.steps)
    }
}

/// Whether checked options of `[train]` fit together.
///
/// # Errors
/// What would have no effect, and where it would have one.
pub fn check_options(options: &Options) -> Result<(), String> {
    let train = TrainOptions::read(options).map_err(|error| error.to_string())?;
    let takes_momentum = matches!(train.optimizer, OptimizerKind::Sgd | OptimizerKind::RmsProp);
    if options.contains_key("momentum") && !takes_momentum {
        return Err("`train.momentum` is for the optimizers \"sgd\" and \"rmsprop\"".to_owned());
    }
    if train.nesterov && (train.optimizer != OptimizerKind::Sgd || train.momentum == 0.0) {
        return Err("`train.nesterov` is for \"sgd\" with `train.momentum`".to_owned());
    }
    if let Some(Value::Object(given)) = options.get("schedule")
        && let Some(schedule) = train.schedule
    {
        schedule.check(given, train.steps)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn options_without_effect_are_refused() {
        let check = |changes: Value| {
            let mut options = schema::defaults(TRAIN_KEYS);
            options.extend(changes.as_object().unwrap().clone());
            check_options(&options)
        };
        for (changes, refused) in [
            (json!({ "momentum": 0.9 }), "momentum"),
            (json!({ "optimizer": "sgd", "nesterov": true }), "nesterov"),
            (json!({ "schedule": { "kind": "cosine", "every": 3 } }), "every"),
            (json!({ "schedule": { "kind": "plateau", "end": 0.5 } }), "end"),
            (json!({ "schedule": { "kind": "linear", "patience": 2 } }), "patience"),
            (json!({ "schedule": { "kind": "constant", "factor": 0.5 } }), "factor"),
            (json!({ "steps": 10, "schedule": { "kind": "cosine", "warm_up": 10 } }), "warm_up"),
        ] {
            let error = check(changes).unwrap_err();
            assert!(error.contains(refused), "{error}");
        }
        for changes in [
            json!({ "optimizer": "rmsprop", "momentum": 0.9, "decay_biases": false }),
            json!({ "schedule": { "kind": "step", "every": 3, "factor": 0.5 } }),
            json!({ "schedule": { "kind": "constant", "warm_up": 3 } }),
        ] {
            check(changes).unwrap();
        }
    }

    #[test]
    fn the_table_and_the_type_agree_and_the_last_epoch_is_cut_short() {
        let mut options = schema::defaults(TRAIN_KEYS);
        options.insert("steps".into(), 250.into());
        let options = TrainOptions::read(&options).unwrap();
        assert_eq!(options.epochs(), 3);
        let epochs: Vec<_> = (1..=3).map(|epoch| options.steps_of_epoch(epoch)).collect();
        assert_eq!(epochs, [0..100, 100..200, 200..250]);
    }
}
