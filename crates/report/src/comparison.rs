//! One arm beside another on one task, seed by seed.

use std::collections::BTreeMap;

use analysis::{Alternative, PValue, Summary, holm};
use store::Goal;

use crate::ReportError;
use crate::looks::{Differences, Looks};

/// Level at which a difference counts as found.
pub const LEVEL: f64 = 0.05;

/// One arm's scores minus another's, over the seeds that both have.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// Of the differences; `None` without a pair.
    pub difference: Option<Summary>,
    /// Two-sided test of no difference: the exact sign-flip test, or with seeds until decided one
    /// that may be looked at after every round.
    pub p: Option<PValue>,
    /// The same with Holm's correction over every arm and task of the plan.
    pub adjusted: Option<f64>,
    /// Mean difference in standard deviations of the differences, Cohen's d_z.
    pub standardised: Option<f64>,
    /// Share of pairs in which the arm is the better one, ties counted half.
    pub better: Option<f64>,
    /// Planned seeds that are no pair: a score is missing on one side or both.
    pub incomplete: usize,
}

/// What a comparison shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The arm is better than the other one, beyond what chance would give.
    Better,
    /// It is worse.
    Worse,
    /// This sweep cannot tell.
    Open,
}

impl Comparison {
    /// Of scores by seed.
    pub(crate) fn new(
        left: &BTreeMap<u64, f64>,
        right: &BTreeMap<u64, f64>,
        (planned, looks): (usize, Looks),
        goal: Goal,
    ) -> Result<Self, ReportError> {
        let differences = Differences::new(looks, left, right)?;
        let sample = &differences.sample;
        let better = sample.share_above_zero();
        Ok(Self {
            difference: sample.summary(),
            p: differences.test(0.0, Alternative::TwoSided),
            adjusted: None,
            standardised: sample.standardised(),
            better: if goal == Goal::Minimize { better.map(|it| 1.0 - it) } else { better },
            incomplete: planned.saturating_sub(sample.values().len()),
        })
    }

    /// Number of pairs.
    pub fn pairs(&self) -> usize {
        self.difference.map_or(0, |it| it.n)
    }

    /// What it shows, corrected for how much was compared.
    pub fn finding(&self, goal: Goal) -> Finding {
        match (self.difference, self.adjusted) {
            (Some(difference), Some(p)) if p <= LEVEL => {
                if goal.better(difference.mean, 0.0) {
                    Finding::Better
                } else {
                    Finding::Worse
                }
            }
            _ => Finding::Open,
        }
    }
}

/// Holm's correction over a family. A comparison without a pair counts as p = 1, so that the family
/// is the same from the first run to the last.
pub(crate) fn correct(family: Vec<&mut Comparison>) {
    let p: Vec<f64> = family.iter().map(|it| it.p.map_or(1.0, |it| it.p)).collect();
    for (comparison, adjusted) in family.into_iter().zip(holm(&p)) {
        comparison.adjusted = comparison.p.map(|_| adjusted);
    }
}
