//! One number over several tasks.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::solving::Z;
use crate::summary::t_quantile;
use crate::{Interval, Sample};

/// Resamples of a bootstrap.
const RESAMPLES: usize = 2000;

impl Sample {
    /// The mean of the middle half: a quarter of the values, rounded down, is left out at either end
    /// (Agarwal et al. 2021, arXiv:2108.13264). `None` without values.
    pub fn interquartile_mean(&self) -> Option<f64> {
        let cut = self.values().len() / 4;
        let middle = self.values().get(cut..self.values().len() - cut)?;
        (!middle.is_empty()).then(|| middle.iter().sum::<f64>() / middle.len() as f64)
    }

    /// How far scores of which 1 is perfect fall short of it: the mean of `1 − min(score, 1)` (the
    /// optimality gap of Agarwal et al. 2021, arXiv:2108.13264). `None` without values.
    pub fn optimality_gap(&self) -> Option<f64> {
        let n = self.values().len() as f64;
        (n > 0.0).then(|| self.values().iter().map(|it| 1.0 - it.min(1.0)).sum::<f64>() / n)
    }

    /// The share of values that are at least `least`. `None` without values.
    fn share_from(&self, least: f64) -> Option<f64> {
        let values = self.values();
        let reached = values.iter().filter(|&&it| it >= least).count();
        (!values.is_empty()).then(|| reached as f64 / values.len() as f64)
    }
}

/// A performance profile at one score: the share of runs that reach `least`, every task counted alike
/// however many runs it has (Agarwal et al. 2021, section 4.2). Tasks without scores are left out;
/// `None` if all are.
pub fn profile(tasks: &[Sample], least: f64) -> Option<f64> {
    let shares = tasks.iter().filter_map(|task| task.share_from(least));
    Some(Sample::new(shares).ok()?.summary()?.mean)
}

/// A `statistic` of all scores of all tasks, as [`Sample::interquartile_mean`] or
/// [`Sample::optimality_gap`], with its 95 % interval by the stratified
/// percentile bootstrap: each of 2000 resamples draws, of every task, as many of its own scores as
/// there are; the interval is stretched by `√(n / (n − tasks))·t(0.975) / 1.96` about the statistic, without
/// which it is too narrow for few scores. `tasks` has the scores of each; the same numbers give the
/// same interval. `None` without scores; the interval is `None` where a task has fewer than [`FEWEST`]
/// scores, with which a bootstrap is too narrow.
pub fn stratified(
    tasks: &[Sample],
    statistic: impl Fn(&Sample) -> Option<f64>,
) -> Option<(f64, Option<Interval>)> {
    let pooled = |scores: Vec<f64>| statistic(&Sample::new(scores).ok()?);
    let found = pooled(tasks.iter().flat_map(|it| it.values().iter().copied()).collect())?;
    if tasks.iter().any(|it| it.values().len() < FEWEST) {
        return Some((found, None));
    }
    let mut rng = ChaCha8Rng::from_seed(*b"resampled scores, in the report.");
    let resampled: Option<Vec<f64>> = (0..RESAMPLES)
        .map(|_| {
            let drawn = tasks.iter().flat_map(|task| {
                let n = task.values().len() as u64;
                let values = task.values();
                // The upper half of a product is even enough for a few scores.
                let index = |draw: u64| ((u128::from(draw) * u128::from(n)) >> 64) as usize;
                (0..n).map(|_| values[index(rng.next_u64())]).collect::<Vec<f64>>()
            });
            pooled(drawn.collect())
        })
        .collect();
    let resampled = Sample::new(resampled?).ok()?;
    let (low, high) = (resampled.quantile(0.025)?, resampled.quantile(0.975)?);
    // Resamples of n scores spread as if their variance had the divisor n, and know it exactly.
    let all: usize = tasks.iter().map(|it| it.values().len()).sum();
    let freedom = all - tasks.len();
    let stretch = (all as f64 / freedom as f64).sqrt() * t_quantile(freedom) / Z;
    let end = |it: f64| found + stretch * (it - found);
    Some((found, Some(Interval { low: end(low), high: end(high) })))
}

/// Scores of a task from which on a bootstrap over them is worth something.
pub const FEWEST: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_left_out_at_either_end() {
        let iqm =
            |values: &[f64]| Sample::new(values.iter().copied()).unwrap().interquartile_mean();
        assert_eq!(iqm(&[]), None);
        assert_eq!(iqm(&[1.0, 2.0, 9.0]), Some(4.0));
        assert_eq!(iqm(&[100.0, 1.0, 2.0, -50.0]), Some(1.5));
    }

    #[test]
    fn what_is_better_than_perfect_closes_no_gap() {
        let of = |values: &[f64]| Sample::new(values.iter().copied()).unwrap();
        assert_eq!(of(&[0.5, 0.75, 3.0]).optimality_gap(), Some(0.25));
        assert_eq!(of(&[-1.0]).optimality_gap(), Some(2.0));
        assert_eq!(of(&[]).optimality_gap(), None);
    }

    #[test]
    fn a_profile_counts_tasks_alike() {
        let tasks = [&[0.5, 0.5, 0.9, 1.0][..], &[0.2], &[]];
        let tasks = tasks.map(|it| Sample::new(it.iter().copied()).unwrap());
        assert_eq!(profile(&tasks, 0.9), Some(0.25));
        assert_eq!(profile(&tasks, 0.2), Some(1.0));
        assert_eq!(profile(&tasks[2..], 0.2), None);
    }

    #[test]
    fn few_scores_have_no_interval_and_equal_ones_a_narrow_one() {
        let task = |n: usize| Sample::new((0..n).map(|it| it as f64)).unwrap();
        let stratified_iqm = |tasks: &[Sample]| stratified(tasks, Sample::interquartile_mean);
        let (found, interval) = stratified_iqm(&[task(12), task(12)]).unwrap();
        let interval = interval.unwrap();
        assert!(interval.contains(found) && interval.half_width() > 0.5, "{interval:?}");
        assert_eq!(stratified_iqm(&[task(12), task(3)]).unwrap().1, None);
        assert_eq!(stratified_iqm(&[]), None);
        let same = Sample::new(vec![2.0; 10]).unwrap();
        let (found, interval) = stratified_iqm(&[same.clone(), same]).unwrap();
        assert_eq!((found, interval), (2.0, Some(Interval { low: 2.0, high: 2.0 })));
    }
}
