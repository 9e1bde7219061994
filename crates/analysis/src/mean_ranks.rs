//! Arms ranked over many tasks.

use crate::Sample;
use crate::sign_flip::{Alternative, PValue, sign_flip};

/// The mean rank of each arm over all tasks, 1 for the highest score; equal scores share the mean of
/// their ranks. `scores` has, for each arm, one score a task, the same tasks in the same order.
pub fn mean_ranks(scores: &[Vec<f64>]) -> Vec<f64> {
    let tasks = scores.iter().map(Vec::len).min().unwrap_or(0);
    let mut totals = vec![0.0; scores.len()];
    for task in 0..tasks {
        let lowered: Vec<f64> = scores.iter().map(|arm| -arm[task]).collect();
        for (total, rank) in totals.iter_mut().zip(ranks(&lowered)) {
            *total += rank;
        }
    }
    totals.into_iter().map(|total| total / tasks as f64).collect()
}

/// The rank of each value, 1 for the lowest; equal ones share the mean of their ranks.
fn ranks(values: &[f64]) -> Vec<f64> {
    let rank = |value: &f64| {
        let below = values.iter().filter(|&it| it < value).count();
        let equal = values.iter().filter(|&it| it.total_cmp(value).is_eq()).count();
        below as f64 + f64::midpoint(equal as f64, 1.0)
    };
    values.iter().map(rank).collect()
}

/// Wilcoxon's signed-rank test (1945), two-sided: whether paired differences lie symmetrically about 0,
/// whatever their sizes. It is the sign-flip test of their ranks by size, exact also where ranks are
/// shared; differences of 0 are left out. Over tasks it is the test that Demšar (2006) and Benavoli
/// et al. (2016) recommend for two arms. `None` without a difference that is not 0.
pub fn signed_rank(differences: &Sample) -> Option<PValue> {
    let found: Vec<f64> = differences.values().iter().copied().filter(|&it| it != 0.0).collect();
    let sizes: Vec<f64> = found.iter().map(|it| it.abs()).collect();
    let signed = ranks(&sizes).into_iter().zip(&found).map(|(rank, it)| rank.copysign(*it));
    sign_flip(&Sample::new(signed).ok()?, 0.0, Alternative::TwoSided)
}

/// The largest runs of neighbours, of two or more among `n` in their order, of which no two are `apart`.
/// A run within another is left out.
pub fn told_together(n: usize, apart: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for first in 0..n {
        let is_apart = |last: usize| (first..last).any(|other| apart(other, last));
        let last = (first + 1..n).find(|&last| is_apart(last)).unwrap_or(n) - 1;
        if last > first && runs.last().is_none_or(|it| it.1 < last) {
            runs.push((first, last));
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_scores_share_their_ranks() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0, 3.0]), [4.0, 1.0, 4.0, 2.0, 4.0]);
        let scores = [vec![0.9, 0.5, 0.3], vec![0.1, 0.5, 0.2], vec![0.5, 0.4, 0.9]];
        assert_eq!(mean_ranks(&scores), [1.5, 2.5, 2.0]);
        assert!(mean_ranks(&[]).is_empty());
    }

    #[test]
    fn sizes_count_by_their_rank_alone() {
        let p = |values: &[f64]| signed_rank(&Sample::new(values.iter().copied()).unwrap());
        // Of the sixteen sums of ±1 ±2 ±3 ±4, ten are 4 or more from 0.
        assert_eq!(p(&[1.0, 2.0, -3.0, 400.0]).map(|it| it.p), Some(0.625));
        assert_eq!(p(&[1.0, 2.0, 4.0]).map(|it| it.p), Some(0.25));
        assert_eq!(p(&[0.0, 0.0]), None);
    }

    #[test]
    fn neighbours_that_nobody_tells_apart_are_together() {
        let far = |a: usize, b: usize| a.abs_diff(b) > 1;
        assert_eq!(told_together(4, far), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(told_together(4, |_, _| false), [(0, 3)]);
        assert_eq!(told_together(4, |_, _| true), []);
        assert_eq!(told_together(4, |a, _| a == 0), [(1, 3)]);
        assert_eq!(told_together(0, far), []);
    }
}
