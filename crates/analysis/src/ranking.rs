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

/// The expected best score of `k` of the trials, drawn without replacement: what tuning with a budget
/// of `k` trials would have found on average (the unbiased estimator of Tang et al. 2020,
/// arXiv:2004.13705, for the curves of Dodge et al. 2019). `None` unless 1 ≤ k ≤ number of trials.
pub fn expected_best(trials: &Sample, k: usize, lower_is_better: bool) -> Option<f64> {
    let n = trials.values().len();
    if k == 0 || k > n {
        return None;
    }
    let ranked: Vec<f64> = if lower_is_better {
        trials.values().to_vec()
    } else {
        trials.values().iter().rev().copied().collect()
    };
    // The i-th best of n is the best of k with chance C(n − i, k − 1) / C(n, k), from i = 1.
    let mut chance = k as f64 / n as f64;
    let mut expected = 0.0;
    for (index, value) in ranked.iter().take(n - k + 1).enumerate() {
        expected += chance * value;
        let left = n - index - 1;
        if left > 0 {
            chance *= (left as f64 - (k as f64 - 1.0)) / left as f64;
        }
    }
    Some(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expected_best_of_some_trials() {
        let trials = Sample::new([1.0, 2.0, 4.0, 9.0]).unwrap();
        let best = |k| expected_best(&trials, k, true);
        // Of one trial the mean; of two, the means of all six pairs' better ones; of all, the best.
        assert_eq!((best(1), best(4)), (Some(4.0), Some(1.0)));
        let pairs = (3.0 * 1.0 + 2.0 * 2.0 + 4.0) / 6.0;
        assert!((best(2).unwrap() - pairs).abs() < 1e-12);
        let highest = expected_best(&trials, 2, false).unwrap();
        assert!((highest - (3.0 * 9.0 + 2.0 * 4.0 + 2.0) / 6.0).abs() < 1e-12);
        assert_eq!((best(0), best(5)), (None, None));
    }

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
