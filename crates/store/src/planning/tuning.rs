//! Tuning: what is tried for every arm on every task, and what is chosen.
//!
//! The candidates of an arm are ordinary runs with ordinary identities, on seeds that no
//! replicate uses. The main runs of the arm take over the configuration of the candidate
//! that was best on validation; until then they are not known, and [`crate::Plan::is_settled`]
//! is false.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::planning::condition::Condition;

/// `[tune]` of an experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tuning {
    /// What is varied; the candidates of an arm are the full product.
    pub over: Vec<TunedKey>,
    /// Seeds of each candidate, from [`Tuning::FIRST_SEED`] on.
    pub seeds: Vec<u64>,
    /// All candidates: those of one condition stand together, in the conditions' order.
    pub candidates: Vec<Candidate>,
    /// What was chosen for each condition, in their order: `None` as long as a candidate of
    /// it has no result. Empty before anything is chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<Option<Chosen>>,
}

/// A key that is tuned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TunedKey {
    /// Dotted key, as in the file.
    pub key: String,
    /// The values that are tried, in file order.
    pub values: Vec<Value>,
}

/// A configuration that is tried for one arm on one task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Index into [`crate::Plan::conditions`] of what it is tried for.
    pub of: usize,
    /// Its value of each of [`Tuning::over`].
    pub values: Vec<Value>,
    /// What is run, and where.
    pub condition: Condition,
}

/// What was chosen for one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// Index into [`Tuning::candidates`].
    pub candidate: usize,
    /// Mean validation score over the seeds; `None` if no seed has one.
    pub score: Option<f64>,
    /// Seeds of the chosen candidate that diverged or were stopped at a rung.
    pub without: usize,
    /// Keys whose chosen number is the smallest or the largest that was tried.
    pub edges: Vec<String>,
}

impl Tuning {
    /// First seed of tuning runs. Replicate seeds stay below it, so no run that chose a
    /// value is ever counted as evidence for it.
    pub const FIRST_SEED: u64 = 1_000_000_000;

    /// Every tuning run: index into `candidates` and seed, seeds outermost.
    pub fn runs(&self) -> impl Iterator<Item = (usize, u64)> + '_ {
        let candidates = 0..self.candidates.len();
        self.seeds.iter().flat_map(move |&seed| candidates.clone().map(move |c| (c, seed)))
    }
}
