//! The learning rate over the steps of a run.

use std::f64::consts::PI;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use burn::optim::LearningRate;
use burn::optim::lr_scheduler::{LrScheduler, LrSchedulerRecord};
use schema::{Choice, Key, Kind, Literal, Options};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Goal;

/// The keys of `train.schedule`.
pub const SCHEDULE_KEYS: &[Key] = &[
    Key::new(
        "kind",
        Kind::OneOf(&[
            Choice { word: "constant", doc: "The same at every step." },
            Choice { word: "linear", doc: "Along a line to `end` at the last step." },
            Choice { word: "cosine", doc: "Along half a cosine to `end` at the last step." },
            Choice { word: "step", doc: "Times `factor` every `every` steps." },
            Choice {
                word: "exponential",
                doc: "Times `factor` over every `every` steps, a little at each.",
            },
            Choice {
                word: "plateau",
                doc: "Times `factor` when the validation score has not improved for more than \
                      `patience` evaluations.",
            },
        ]),
        Literal::Text("constant"),
        "How the learning rate changes after the warm-up.",
    ),
    Key::optional(
        "warm_up",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        "Steps over which the learning rate first rises along a line from 0; none if absent.",
    ),
    Key::optional(
        "end",
        Kind::Number { min: 0.0, max: 1.0 },
        "Part of `learning_rate` that is left at the last step; 0 if absent.",
    ),
    Key::optional(
        "every",
        Kind::Integer { min: 1, max: 1_000_000_000 },
        "Steps between two changes; `evaluate_every` if absent.",
    ),
    Key::optional(
        "factor",
        Kind::Number { min: 0.0, max: 1.0 },
        "What the learning rate is multiplied by; 0.1 if absent.",
    ),
    Key::optional(
        "patience",
        Kind::Integer { min: 0, max: 1_000_000_000 },
        "Evaluations without an improvement that are waited for; 10 if absent.",
    ),
];

/// `train.schedule`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How the rate changes after the warm-up.
    pub kind: ScheduleKind,
    /// Steps of the warm-up.
    #[serde(default)]
    pub warm_up: u64,
    /// Part of the rate that is left at the last step.
    #[serde(default)]
    pub end: f64,
    /// Steps between two changes; the steps of an epoch if absent.
    pub every: Option<u64>,
    /// What the rate is multiplied by.
    #[serde(default = "tenth")]
    pub factor: f64,
    /// Evaluations without an improvement that are waited for.
    #[serde(default = "ten")]
    pub patience: u64,
}

fn tenth() -> f64 {
    0.1
}

fn ten() -> u64 {
    10
}

/// How a learning rate changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScheduleKind {
    /// Not at all.
    Constant,
    /// Along a line.
    Linear,
    /// Along half a cosine: Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts.
    Cosine,
    /// At once, every so many steps.
    Step,
    /// A little at each step.
    Exponential,
    /// When the validation score no longer improves.
    Plateau,
}

/// What a plateau schedule has seen of the validation scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plateau {
    /// The best score.
    best: f64,
    /// Evaluations since then, or since the last reduction.
    since: u64,
    /// How often the rate was reduced.
    reductions: u32,
}

impl Schedule {
    /// What `learning_rate` is multiplied by at a step, counted from 0, of `steps`; `epoch` is
    /// what [`Self::every`] is if it is not given.
    ///
    /// As PyTorch's `CosineAnnealingLR`, `StepLR`, `ExponentialLR` and `LinearLR`, stepped at
    /// each optimizer step and begun after the warm-up.
    pub fn at(&self, step: u64, steps: u64, epoch: u64, plateau: Option<&Plateau>) -> f64 {
        if step < self.warm_up {
            return (step + 1) as f64 / self.warm_up as f64;
        }
        let since = (step - self.warm_up) as f64;
        let progress = since / (steps.saturating_sub(self.warm_up).max(1)) as f64;
        let every = self.every.unwrap_or(epoch) as f64;
        match self.kind {
            ScheduleKind::Constant => 1.0,
            ScheduleKind::Linear => 1.0 + (self.end - 1.0) * progress,
            ScheduleKind::Cosine => {
                self.end + (1.0 - self.end) * f64::midpoint(1.0, (PI * progress).cos())
            }
            ScheduleKind::Step => self.factor.powf((since / every).floor()),
            ScheduleKind::Exponential => self.factor.powf(since / every),
            ScheduleKind::Plateau => {
                plateau.map_or(1.0, |seen| self.factor.powf(f64::from(seen.reductions)))
            }
        }
    }

    /// Whether the keys that were given have an effect.
    ///
    /// # Errors
    /// Which has none.
    pub fn check(&self, given: &Options, steps: u64) -> Result<(), String> {
        let used: &[&str] = match self.kind {
            ScheduleKind::Constant => &[],
            ScheduleKind::Linear | ScheduleKind::Cosine => &["end"],
            ScheduleKind::Step | ScheduleKind::Exponential => &["every", "factor"],
            ScheduleKind::Plateau => &["factor", "patience"],
        };
        let idle = given.keys().find(|key| {
            !["kind", "warm_up"].contains(&key.as_str()) && !used.contains(&key.as_str())
        });
        if let Some(key) = idle {
            let kind = given.get("kind").and_then(Value::as_str).unwrap_or_default();
            return Err(format!("`train.schedule.{key}` has no effect with kind = \"{kind}\""));
        }
        if self.warm_up >= steps {
            let warm_up = self.warm_up;
            return Err(format!(
                "`train.schedule.warm_up` is {warm_up}, but `train.steps` is only {steps}"
            ));
        }
        Ok(())
    }

    /// What has been seen after one more validation score; `None` is one that is not a number.
    ///
    /// As PyTorch's `ReduceLROnPlateau` with `threshold=0`.
    pub fn after(&self, seen: Option<Plateau>, score: Option<f64>, goal: Goal) -> Option<Plateau> {
        if self.kind != ScheduleKind::Plateau {
            return seen;
        }
        let Some(mut seen) = seen else {
            return score.map(|best| Plateau { best, since: 0, reductions: 0 });
        };
        match score {
            Some(score) if goal.better(score, seen.best) => (seen.best, seen.since) = (score, 0),
            _ => seen.since += 1,
        }
        if seen.since > self.patience {
            (seen.since, seen.reductions) = (0, seen.reductions.saturating_add(1));
        }
        Some(seen)
    }
}

/// The learning rate of the next step, which the training loop decides: burn-train's side of a
/// [`Schedule`].
#[derive(Debug, Clone)]
pub struct NextRate(Arc<AtomicU64>);

impl NextRate {
    /// Begins with a rate.
    pub fn new(rate: f64) -> Self {
        Self(Arc::new(AtomicU64::new(rate.to_bits())))
    }

    /// Decides the rate of the next step.
    pub fn set(&self, rate: f64) {
        self.0.store(rate.to_bits(), Ordering::Relaxed);
    }
}

impl LrScheduler for NextRate {
    fn step(&mut self) -> LearningRate {
        f64::from_bits(self.0.load(Ordering::Relaxed))
    }

    /// Nothing: the rate follows from the step and from what the checkpoint says of the
    /// validation scores.
    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new()
    }

    fn load_record(&mut self, _: LrSchedulerRecord) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plateau_is_waited_for_and_counted_anew() {
        let schedule = Schedule {
            kind: ScheduleKind::Plateau,
            warm_up: 0,
            end: 0.0,
            every: None,
            factor: 0.5,
            patience: 1,
        };
        let mut seen = None;
        let scores = [3.0, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 1.5];
        let rates = scores.map(|score| {
            seen = schedule.after(seen, Some(score), Goal::Minimize);
            schedule.at(0, 10, 10, seen.as_ref())
        });
        // Halves of 1 are exact.
        let expected = [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.25];
        assert_eq!(rates.map(f64::to_bits), expected.map(f64::to_bits));
        assert_eq!(schedule.after(seen, None, Goal::Minimize).map(|seen| seen.reductions), Some(3));
    }
}
