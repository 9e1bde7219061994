//! The scores of a finished run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::file::files::Stored;

/// Metric values by name; finite numbers only.
pub type Metrics = BTreeMap<String, f64>;

/// Which way a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Lower is better.
    Minimize,
    /// Higher is better.
    Maximize,
}

impl Goal {
    /// Whether `new` is strictly better than `old`.
    pub fn better(self, new: f64, old: f64) -> bool {
        match self {
            Self::Minimize => new < old,
            Self::Maximize => new > old,
        }
    }
}

/// Which weights a score is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReadAt {
    /// Those that were best on validation.
    Best,
    /// The last ones.
    Final,
}

impl ReadAt {
    /// Its word where weights are kept: `best`, `last`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Final => "last",
        }
    }

    /// The file of these weights in the folder of a run that keeps them.
    pub fn file(self) -> &'static str {
        match self {
            Self::Best => "best.safetensors",
            Self::Final => "last.safetensors",
        }
    }
}

/// How a finished run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    /// All its steps were taken.
    Completed,
    /// The loss became NaN or infinite. A result, not a failure.
    Diverged {
        /// Optimizer step, from 1, at which it was seen.
        step: u64,
    },
    /// Its validation score had not improved for as long as `early_stopping` allows.
    StoppedEarly {
        /// Optimizer steps taken.
        step: u64,
    },
    /// `[halving]` stopped it as one of the worse. Unlike the others this depends on what
    /// it competed with: a plan that keeps the run goes on from its checkpoint.
    StoppedAtRung {
        /// Optimizer steps taken.
        step: u64,
    },
}

impl Outcome {
    /// Whether the run never goes on: of all but one that was stopped at a rung.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::StoppedAtRung { .. })
    }
}

/// Scores of one set of weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// Epochs (of `evaluate_every` steps) taken when these weights were reached.
    pub epoch: u64,
    /// Optimizer steps taken when these weights were reached.
    pub step: u64,
    /// On the validation split.
    pub validation: Metrics,
    /// On the test split, which selected nothing.
    pub test: Metrics,
    /// On further held-out parts, by name; they selected nothing either.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parts: BTreeMap<String, Metrics>,
}

/// `result.json`: written last, by atomic rename.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResult {
    /// Version of this format.
    pub format: u32,
    /// Full identity of the configuration.
    pub identity: String,
    /// Replicate seed.
    pub seed: u64,
    /// How the run ended.
    pub outcome: Outcome,
    /// At the weights that were best on validation; `None` if the run diverged before
    /// its first evaluation.
    pub best: Option<Score>,
    /// At the last weights; `None` for a diverged run. Of a run that was stopped at a rung
    /// those of the rung, `None` if a score of theirs is not finite.
    pub last: Option<Score>,
    /// The files of weights that were kept, with the [`digest`](crate::digest) of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub weights: BTreeMap<String, String>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Optimizer steps taken.
    pub steps: u64,
    /// Wall time of training steps alone, in seconds, all attempts together.
    pub train_seconds: f64,
    /// Wall time of the whole run, in seconds, all attempts together.
    pub total_seconds: f64,
}

impl Stored for RunResult {
    const FORMAT: u32 = Self::FORMAT;
    const SEALED: u32 = 2;

    fn format(&self) -> u32 {
        self.format
    }
}

impl RunResult {
    /// The scores at the weights that `at` names.
    pub fn score(&self, at: ReadAt) -> Option<&Score> {
        match at {
            ReadAt::Best => self.best.as_ref(),
            ReadAt::Final => self.last.as_ref(),
        }
    }

    /// Version written by this program.
    pub const FORMAT: u32 = 2;

    /// Epochs whose evaluation its scores rest on: the events hold at least these.
    pub fn epochs(&self) -> u64 {
        [&self.best, &self.last].into_iter().flatten().map(|score| score.epoch).max().unwrap_or(0)
    }

    /// Optimizer steps per second of training time.
    pub fn steps_per_second(&self) -> Option<f64> {
        (self.train_seconds > 0.0).then(|| self.steps as f64 / self.train_seconds)
    }
}
