//! The table `[train]`.

use schema::{Choice, Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::TrainingError;
use crate::early_stopping::{EARLY_STOPPING_KEYS, EarlyStopping};

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
        Kind::OneOf(&[Choice {
            word: "adam",
            doc: "Kingma and Ba 2015, beta 0.9 and 0.999, epsilon 1e-8.",
        }]),
        Literal::Text("adam"),
        "The optimizer.",
    ),
    Key::new(
        "learning_rate",
        Kind::Number { min: 0.0, max: 1000.0 },
        Literal::Number(1e-3),
        "The optimizer's learning rate, constant over the run.",
    ),
    Key::new(
        "clip_norm",
        Kind::Number { min: 0.0, max: f64::MAX },
        Literal::Number(1.0),
        "Gradients are scaled down so that the Euclidean norm of all of them together is at \
         most this; 0 turns clipping off.",
    ),
    // Without a default: a run that does not give it has the identity that it had before
    // the key existed.
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
}

/// The optimizers by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptimizerKind {
    /// Adam.
    Adam,
}

impl TrainOptions {
    /// Reads checked options.
    ///
    /// # Errors
    /// [`TrainingError::Options`].
    pub fn read(options: &Options) -> Result<Self, TrainingError> {
        schema::read(options).map_err(TrainingError::Options)
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

#[cfg(test)]
mod tests {
    use super::*;

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
