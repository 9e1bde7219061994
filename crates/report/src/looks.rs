//! The test of paired differences: one that is looked at once, or one that may be looked at after
//! every round.

use std::collections::BTreeMap;

use analysis::{Alternative, PValue, Sample, anytime, anytime_equivalence, equivalence, sign_flip};
use store::Plan;

use crate::ReportError;

/// Of differences that show nothing.
const NOTHING: PValue = PValue { p: 1.0, error: None };

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
            Looks::EveryRound if !self.still_lie(null, alternative) => Some(NOTHING),
            Looks::EveryRound => Some(anytime(&self.in_order, null, alternative)),
        }
    }

    /// The p-value that they are not within `margin` of zero; `None` without a pair.
    pub(crate) fn test_equivalence(&self, margin: f64) -> Option<PValue> {
        match self.looks {
            Looks::Once => equivalence(&self.sample, margin),
            Looks::EveryRound if self.in_order.is_empty() => None,
            Looks::EveryRound if self.mean().is_none_or(|mean| mean.abs() >= margin) => {
                Some(NOTHING)
            }
            Looks::EveryRound => Some(anytime_equivalence(&self.in_order, margin)),
        }
    }

    fn mean(&self) -> Option<f64> {
        self.sample.summary().map(|it| it.mean)
    }

    /// Whether their mean lies on the side of `null` that the bets were won on. What was won early
    /// stays won, while later pairs, which came for another comparison, may say otherwise.
    fn still_lie(&self, null: f64, alternative: Alternative) -> bool {
        let Some(mean) = self.mean() else { return false };
        match alternative {
            Alternative::Greater => mean > null,
            Alternative::Less => mean < null,
            Alternative::TwoSided => {
                let p = |alternative| anytime(&self.in_order, null, alternative).p;
                (mean > null) == (p(Alternative::Greater) < p(Alternative::Less))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn differences(numbers: &[f64]) -> Differences {
        let left = (0..).zip(numbers.iter().copied()).collect();
        let right = (0..).zip(vec![0.0; numbers.len()]).collect();
        Differences::new(Looks::EveryRound, &left, &right).unwrap()
    }

    #[test]
    fn what_was_won_early_counts_only_while_the_mean_agrees() {
        let early = [0.001; 14];
        let late = [&early[..], &[0.2, 0.3]].concat();
        let p = |numbers: &[f64]| differences(numbers).test_equivalence(0.01).unwrap().p;
        assert!(p(&early) < 0.05);
        assert!(anytime_equivalence(&late, 0.01).p < 0.05);
        assert!((p(&late) - 1.0).abs() < 1e-15);

        let turned = [&[0.1; 12][..], &[-2.0; 3]].concat();
        for alternative in [Alternative::Greater, Alternative::TwoSided] {
            assert!(anytime(&turned, 0.0, alternative).p < 0.05);
            let p = differences(&turned).test(0.0, alternative).unwrap().p;
            assert!((p - 1.0).abs() < 1e-15, "{alternative:?}");
            assert!(differences(&turned[..12]).test(0.0, alternative).unwrap().p < 0.05);
        }
    }
}
