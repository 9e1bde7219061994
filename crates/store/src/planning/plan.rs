//! What an experiment asks for, fully resolved: `plan.json`.

use std::path::{Component, Path};

use schema::Options;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::file::files::Stored;
use crate::planning::claim::Claim;
use crate::planning::condition::Condition;
use crate::planning::halving::Halving;
use crate::planning::keep::Keep;
use crate::planning::rounds::Rounds;
use crate::planning::seeding::Seeding;
use crate::planning::source::Source;
use crate::planning::tuning::{Chosen, Tuning};
use crate::run::result::{Goal, Metrics, ReadAt};

/// A whole experiment: every run is one condition (arm and task) with one seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Version of this format.
    pub format: u32,
    /// `name` of the experiment file.
    pub experiment: String,
    /// `question` of the experiment file; may be empty.
    pub question: String,
    /// What it repeats or puts to the test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Name of the arm that the others are compared with.
    pub baseline: String,
    /// Replicate seeds, the same in every condition.
    pub seeds: Vec<u64>,
    /// How many of them were planned when the first result was there, if others came later; not where
    /// that is the plan, as with seeds until decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds_before_results: Option<usize>,
    /// Which of them are run: what is decided gets no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rounds: Option<Rounds>,
    /// What of a run differs between replicates.
    #[serde(default, skip_serializing_if = "Seeding::is_default")]
    pub seeding: Seeding,
    /// In file order.
    pub tasks: Vec<PlannedTask>,
    /// In file order, the baseline first.
    pub arms: Vec<Arm>,
    /// In file order.
    pub claims: Vec<Claim>,
    /// Every arm on every task, arms within tasks.
    pub conditions: Vec<Condition>,
    /// Arms whose width was chosen for their number of parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// What is tried before the main runs; they depend on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tuning: Option<Tuning>,
    /// Which runs are stopped before their end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halving: Option<Halving>,
    /// Which weights the main runs keep.
    #[serde(default, skip_serializing_if = "Keep::is_none")]
    pub keep: Keep,
    /// How often each run looks inside its model, at most; `None` for as often as costs little.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probes: Option<u64>,
}

impl Stored for Plan {
    const FORMAT: u32 = Self::FORMAT;
    const SEALED: u32 = 2;

    fn format(&self) -> u32 {
        self.format
    }
}

impl Plan {
    /// Version written by this program.
    pub const FORMAT: u32 = 2;

    /// Every planned run: condition index and seed. Seeds are outermost, so a sweep that
    /// is stopped early has whole replicates to compare.
    pub fn runs(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let conditions = 0..self.conditions.len();
        self.seeds.iter().flat_map(move |&seed| conditions.clone().map(move |c| (c, seed)))
    }

    /// In what the plan contradicts itself: an index or a name that leads nowhere, a folder
    /// outside `runs/`. Readers of a plan without such a fault need not look again.
    pub(crate) fn fault(&self) -> Option<String> {
        let is_lost = |condition: &Condition| {
            condition.arm >= self.arms.len() || condition.task >= self.tasks.len()
        };
        let is_name = |folder: &str| {
            let mut parts = Path::new(folder).components();
            matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
        };
        for (index, condition) in self.conditions.iter().enumerate() {
            if is_lost(condition) {
                return Some(format!(
                    "condition {index} is of an arm or task that it does not list"
                ));
            }
            if !is_name(&condition.folder) {
                return Some(format!("condition {index} has no usable folder"));
            }
        }
        if !self.arms.iter().any(|arm| arm.name == self.baseline) {
            return Some(format!("no arm has the baseline's name, \"{}\"", self.baseline));
        }
        if self.budget.iter().flat_map(|budget| &budget.arms).any(|&arm| arm >= self.arms.len()) {
            return Some("its budget is of an arm that it does not list".into());
        }
        if self.rounds.is_some_and(|it| it.first == 0 || it.first > self.seeds.len()) {
            return Some("its first round is not one of its seeds".into());
        }
        let tuning = self.tuning.as_ref()?;
        for (index, candidate) in tuning.candidates.iter().enumerate() {
            let condition = &candidate.condition;
            if candidate.of >= self.conditions.len() || is_lost(condition) {
                return Some(format!("candidate {index} is of a condition that it does not list"));
            }
            if !is_name(&condition.folder) {
                return Some(format!("candidate {index} has no usable folder"));
            }
        }
        let chosen = tuning.chosen.iter().flatten();
        let is_lost = |chosen: &Chosen| chosen.candidate >= tuning.candidates.len();
        chosen.clone().any(is_lost).then(|| "it chose a candidate that it does not list".into())
    }
}

/// `[budget]` of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Budget {
    /// Trainable parameters that each arm is to have.
    pub parameters: u64,
    /// Largest relative deviation that was allowed.
    pub tolerance: f64,
    /// Arms that it holds for, indices into [`Plan::arms`].
    pub arms: Vec<usize>,
}

impl Budget {
    /// How far `parameters` is from the budget, relative to the budget; negative below.
    pub fn deviation(&self, parameters: u64) -> f64 {
        (parameters as f64 - self.parameters as f64) / self.parameters as f64
    }
}

/// A task of the experiment and how it is scored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedTask {
    /// Unique within the experiment; the kind, made longer where a kind occurs twice.
    pub label: String,
    /// Registered name of the task.
    pub kind: String,
    /// Its options.
    pub options: Options,
    /// Primary metric.
    pub metric: Metric,
    /// One line: what is to be predicted from what.
    pub summary: String,
    /// What the task can and cannot show, in sentences for the report.
    pub limits: String,
    /// Test scores of predicting without looking at the input.
    pub trivial: Metrics,
    /// How that trivial prediction is made.
    pub trivial_rule: String,
    /// Checksum of its data files, or of its generator's version.
    pub checksum: String,
    /// Sequences in the training, validation and test split; 0 for training data that is
    /// generated without end.
    pub split_sizes: [usize; 3],
    /// Held-out parts beside validation and test; none of them selects anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<PlannedPart>,
}

/// A held-out part of a task beside validation and test.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedPart {
    /// Its name, in results and events.
    pub name: String,
    /// Number of sequences.
    pub sequences: usize,
    /// Length of all its sequences, for a score by length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
}

/// Primary metric of a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Name within [`Metrics`].
    pub name: String,
    /// Which way it is better.
    pub goal: Goal,
    /// Which weights it is read from.
    pub at: ReadAt,
    /// When a run counts as having solved the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub solved: Option<Solved>,
}

/// When a run counts as having solved its task.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Solved {
    /// Test score strictly below this.
    Below(f64),
    /// Test score strictly above this.
    Above(f64),
}

impl Solved {
    /// Whether `score` counts as solved.
    pub fn by(self, score: f64) -> bool {
        match self {
            Self::Below(bound) => score < bound,
            Self::Above(bound) => score > bound,
        }
    }
}

/// An arm: the baseline, or a change to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arm {
    /// Unique name.
    pub name: String,
    /// Registered name of its architecture.
    pub architecture: String,
    /// What it changes in the baseline; empty for the baseline.
    pub changes: Vec<Change>,
    /// Where it stands in a sweep of the experiment file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<Point>,
}

/// A point of `[grid]`, `[zip]` or `[random]`, or of a sweep on the command line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Name of the arm that is swept, without the values.
    pub arm: String,
    /// The varied keys, dotted, and their values.
    pub values: Vec<(String, Value)>,
}

/// One key that an arm sets differently from the baseline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Dotted key, as in the file.
    pub key: String,
    /// Value in the baseline; `None` where the baseline does not have the key.
    pub from: Option<Value>,
    /// Value in the arm.
    pub to: Value,
}
