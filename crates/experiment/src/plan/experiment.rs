//! What an experiment file comes to.

use schema::Options;
use store::Plan;

use crate::key::setting::Resolved;
use crate::text::origin::Origin;
use crate::tree::extends::Extended;

/// A checked experiment: the plan, and what `plan` shows beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct Experiment {
    /// What is to be run.
    pub plan: Plan,
    /// Every resolved value of each of the plan's conditions, in the same order.
    pub values: Vec<Vec<Resolved>>,
    /// Options that are given and checked, but belong to an architecture that the arm
    /// does not select.
    pub unused: Vec<Unused>,
    /// Sentences about what is allowed but probably not meant.
    pub warnings: Vec<String>,
    /// Sentences about what the file's sections come to: widths that were chosen, runs of
    /// tuning, seeds that the comparisons need.
    pub notes: Vec<String>,
    /// `[cluster]`, part of no run.
    pub cluster: Options,
    /// The files that the experiment file extends, the next one first.
    pub extended: Vec<Extended>,
}

/// An option of an architecture that an arm does not select.
#[derive(Debug, Clone, PartialEq)]
pub struct Unused {
    /// Index into the plan's arms.
    pub arm: usize,
    /// Dotted key: `model.lstm.forget_bias`.
    pub key: String,
    /// Where it was given.
    pub origin: Origin,
}
