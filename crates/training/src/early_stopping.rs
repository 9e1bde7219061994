//! Early stopping: when training ends because the validation score no longer improves.

use schema::{Key, Kind, Literal};
use serde::{Deserialize, Serialize};
use store::Goal;

/// The keys of `train.early_stopping`.
pub const EARLY_STOPPING_KEYS: &[Key] = &[
    Key::required(
        "patience",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        "Epochs without an improvement after which training ends.",
    ),
    Key::new(
        "min_delta",
        Kind::Number { min: 0.0, max: f64::MAX },
        Literal::Number(0.0),
        "A score counts as improved when it is better by more than this.",
    ),
];

/// `early_stopping` of `[train]`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EarlyStopping {
    /// Epochs without an improvement after which training ends.
    pub patience: u64,
    /// A score counts as improved when it is better by more than this.
    pub min_delta: f64,
}

/// The last improvement; part of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Improved {
    /// Epochs done by then.
    pub epoch: u64,
    /// The validation score.
    pub score: f64,
}

impl EarlyStopping {
    /// The last improvement once `epoch` epochs are done, the last of them with this
    /// score; `None` for a score that is not finite.
    pub fn after(
        self,
        improved: Option<Improved>,
        epoch: u64,
        score: Option<f64>,
        goal: Goal,
    ) -> Option<Improved> {
        let Some(score) = score else { return improved };
        let bar = improved.map(|improved| match goal {
            Goal::Minimize => improved.score - self.min_delta,
            Goal::Maximize => improved.score + self.min_delta,
        });
        let is_better = bar.is_none_or(|bar| goal.better(score, bar));
        if is_better { Some(Improved { epoch, score }) } else { improved }
    }

    /// Whether training ends after `epoch` epochs.
    pub fn is_over(self, improved: Option<Improved>, epoch: u64) -> bool {
        epoch >= improved.map_or(0, |improved| improved.epoch) + self.patience
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The epoch after which training on these scores ends.
    fn end(scores: &[Option<f64>], patience: u64, min_delta: f64, goal: Goal) -> Option<u64> {
        let stopping = EarlyStopping { patience, min_delta };
        let mut improved = None;
        for (epoch, &score) in (1..).zip(scores) {
            improved = stopping.after(improved, epoch, score, goal);
            if stopping.is_over(improved, epoch) {
                return Some(epoch);
            }
        }
        None
    }

    #[test]
    fn patience_is_counted_from_the_last_improvement() {
        let scores = [0.9, 0.5, 0.6, 0.4, 0.4, 0.41, 0.3].map(Some);
        assert_eq!(end(&scores, 1, 0.0, Goal::Minimize), Some(3));
        assert_eq!(end(&scores, 2, 0.0, Goal::Minimize), Some(6), "an equal score is no better");
        assert_eq!(end(&scores, 3, 0.0, Goal::Minimize), None);
        assert_eq!(end(&scores, 2, 0.0, Goal::Maximize), Some(3));
    }

    #[test]
    fn small_steps_do_not_count_but_add_up() {
        let scores = [1.0, 0.96, 0.92, 0.88, 0.84, 0.8].map(Some);
        assert_eq!(end(&scores, 2, 0.1, Goal::Minimize), Some(3));
        assert_eq!(end(&scores, 3, 0.1, Goal::Minimize), None, "0.88 is 0.12 better than 1.0");
    }

    #[test]
    fn scores_that_are_not_finite_are_no_improvement() {
        assert_eq!(end(&[None, None, Some(1.0)], 2, 0.0, Goal::Minimize), Some(2));
        assert_eq!(end(&[Some(1.0), None, Some(0.9), None], 2, 0.0, Goal::Minimize), None);
    }
}
