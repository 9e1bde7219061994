//! Rates and ranks in which runs without a score count.

use crate::Sample;

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many did.
    pub hits: usize,
    /// How many could have.
    pub of: usize,
}

impl Rate {
    /// Counts the trues.
    pub fn of(outcomes: impl IntoIterator<Item = bool>) -> Self {
        let zero = Self { hits: 0, of: 0 };
        outcomes
            .into_iter()
            .fold(zero, |rate, hit| Self { hits: rate.hits + usize::from(hit), of: rate.of + 1 })
    }

    /// The share from 0 to 1; `None` of nothing.
    pub fn share(&self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }
}

/// A median over runs of which some have no score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Median {
    /// The middle lies among the scores.
    Score(f64),
    /// The middle lies among the runs that were lost.
    Lost,
}

/// Median over the scores of `sample` and `lost` further runs that rank worse than every
/// score; `None` without either.
pub fn median_with_lost(sample: &Sample, lost: usize, lower_is_better: bool) -> Option<Median> {
    let scores = sample.values();
    let n = scores.len() + lost;
    if n == 0 {
        return None;
    }
    let by_rank = |rank: usize| {
        let index = if lower_is_better { Some(rank) } else { scores.len().checked_sub(rank + 1) };
        index.and_then(|index| scores.get(index).copied())
    };
    // The worse of the two middle ranks decides whether the middle was lost.
    Some(match (by_rank((n - 1) / 2), by_rank(n / 2)) {
        (Some(better), Some(worse)) => Median::Score(f64::midpoint(better, worse)),
        _ => Median::Lost,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_count() {
        let rate = Rate::of([true, false, true, true]);
        assert_eq!((rate, rate.share()), (Rate { hits: 3, of: 4 }, Some(0.75)));
        assert_eq!(Rate::of([]).share(), None);
    }

    #[test]
    fn lost_runs_rank_worst_in_either_direction() {
        let median = |scores: &[f64], lost, lower| {
            median_with_lost(&Sample::new(scores.iter().copied()).unwrap(), lost, lower)
        };
        assert_eq!(median(&[], 0, true), None);
        assert_eq!(median(&[], 2, true), Some(Median::Lost));
        assert_eq!(median(&[1.0, 2.0, 4.0], 0, true), Some(Median::Score(2.0)));
        assert_eq!(median(&[1.0, 2.0, 4.0], 2, true), Some(Median::Score(4.0)));
        assert_eq!(median(&[1.0, 2.0, 4.0], 2, false), Some(Median::Score(1.0)));
        assert_eq!(median(&[1.0, 2.0, 4.0], 1, true), Some(Median::Score(3.0)));
        assert_eq!(median(&[1.0, 2.0, 4.0], 1, false), Some(Median::Score(1.5)));
        assert_eq!(median(&[1.0, 2.0], 2, true), Some(Median::Lost));
        assert_eq!(median(&[1.0, 2.0], 3, false), Some(Median::Lost));
    }
}
