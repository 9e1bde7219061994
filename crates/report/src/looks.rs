//! The test of paired differences: one that is looked at once, or one that may be looked at after
//! every round.

use std::collections::BTreeMap;

use analysis::{Alternative, PValue, Sample, anytime, anytime_equivalence, equivalence, sign_flip};
use store::Plan;

use crate::ReportError;

/// How often a difference is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Once, at the end: the exact sign-flip test.
    Once,
    /// After every round, stopping where it is decided: a test by betting, which stays valid.
    EveryRound,
}

/// Differences of two sides by seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Differences {
    looks: Looks,
    /// In the order of seeds, which is that of the rounds.
    in_order: Vec<f64>,
    pub sample: Sample,
}

impl Looks {
    /// Those of a plan.
    pub(crate) fn of(plan: &Plan) -> Self {
        if plan.rounds.is_some() { Self::EveryRound } else { Self::Once }
    }
}

impl Differences {
    /// `left` minus `right` over the seeds that both have.
    pub(crate) fn new(
        looks: Looks,
        left: &BTreeMap<u64, f64>,
        right: &BTreeMap<u64, f64>,
    ) -> Result<Self, ReportError> {
        let pairs = left.iter().filter_map(|(seed, left)| Some(left - right.get(seed)?));
        let in_order: Vec<f64> = pairs.collect();
        let sample = Sample::new(in_order.iter().copied())?;
        Ok(Self { looks, in_order, sample })
    }

    /// The p-value that they lie about `null`; `None` without a pair.
    pub(crate) fn test(&self, null: f64, alternative: Alternative) -> Option<PValue> {
        match self.looks {
            Looks::Once => sign_flip(&self.sample, null, alternative),
            Looks::EveryRound if self.in_order.is_empty() => None,
            Looks::EveryRound => Some(anytime(&self.in_order, null, alternative)),
        }
    }

    /// The p-value that they are not within `margin` of zero; `None` without a pair.
    pub(crate) fn test_equivalence(&self, margin: f64) -> Option<PValue> {
        match self.looks {
            Looks::Once => equivalence(&self.sample, margin),
            Looks::EveryRound if self.in_order.is_empty() => None,
            Looks::EveryRound => Some(anytime_equivalence(&self.in_order, margin)),
        }
    }
}
