//! Which factor of a grid a score depends on.

use std::collections::{BTreeMap, BTreeSet};

/// A value at a point of a grid: the level of each factor.
#[derive(Debug, Clone, PartialEq)]
pub struct GridPoint {
    /// Index of the level of each factor.
    pub levels: Vec<usize>,
    /// What was measured there.
    pub value: f64,
}

/// The share of the variance over a whole grid that each factor explains alone, and what all
/// interactions explain together: the functional analysis of variance of Hoos and Hutter (2014), as
/// used by Greff et al. 2015, exact for a grid. The share of a factor is the variance of its
/// marginal means over the variance of all points. `None` unless every combination of levels is
/// there once, or if all values are equal.
pub fn grid_importance(points: &[GridPoint]) -> Option<(Vec<f64>, f64)> {
    let factors = points.first()?.levels.len();
    let mut marginals: Vec<BTreeMap<usize, Vec<f64>>> = vec![BTreeMap::new(); factors];
    let mut seen = BTreeSet::new();
    for point in points {
        if point.levels.len() != factors || !seen.insert(&point.levels) {
            return None;
        }
        for (marginal, &level) in marginals.iter_mut().zip(&point.levels) {
            marginal.entry(level).or_default().push(point.value);
        }
    }
    let combinations: usize = marginals.iter().map(BTreeMap::len).product();
    if combinations != points.len() {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let variance = |values: &[f64]| {
        let middle = mean(values);
        values.iter().map(|it| (it - middle).powi(2)).sum::<f64>() / values.len() as f64
    };
    let total = variance(&points.iter().map(|it| it.value).collect::<Vec<_>>());
    if total <= 0.0 {
        return None;
    }
    let share = |marginal: &BTreeMap<usize, Vec<f64>>| {
        variance(&marginal.values().map(|it| mean(it)).collect::<Vec<_>>()) / total
    };
    let shares: Vec<f64> = marginals.iter().map(share).collect();
    let rest = (1.0 - shares.iter().sum::<f64>()).max(0.0);
    Some((shares, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(value: fn(usize, usize) -> f64) -> Vec<GridPoint> {
        let all = (0..3).flat_map(|a| (0..2).map(move |b| vec![a, b]));
        all.map(|levels| GridPoint { value: value(levels[0], levels[1]), levels }).collect()
    }

    #[test]
    fn shares_by_hand() {
        // Marginal means 0, 1, 2 with variance 2/3 of it alone.
        let (shares, rest) = grid_importance(&grid(|a, _| a as f64)).unwrap();
        assert!((shares[0] - 1.0).abs() < 1e-12 && shares[1].abs() < 1e-12 && rest < 1e-12);
        // The sum of both: 2/3 and 1/4 of 11/12.
        let (shares, rest) = grid_importance(&grid(|a, b| (a + b) as f64)).unwrap();
        assert!((shares[0] - 8.0 / 11.0).abs() < 1e-12, "{shares:?}");
        assert!((shares[1] - 3.0 / 11.0).abs() < 1e-12 && rest < 1e-12);
        // Only the two together say anything.
        let only_together = |a: usize, b: usize| if (a == 0) == (b == 0) { 1.0 } else { -1.0 };
        let (_, rest) = grid_importance(&grid(only_together)).unwrap();
        assert!(rest > 0.8, "{rest}");
    }

    #[test]
    fn a_grid_with_a_hole_and_one_without_variance_say_nothing() {
        let mut points = grid(|a, b| (a * b) as f64);
        points.pop();
        assert_eq!(grid_importance(&points), None);
        assert_eq!(grid_importance(&grid(|_, _| 1.0)), None);
        assert_eq!(grid_importance(&[]), None);
    }
}
