//! Learning curves: points over optimizer steps.

use std::collections::BTreeMap;

use store::{Goal, Metric, ReadAt};

/// (optimizer step, value), steps ascending.
pub type Points = Vec<(f64, f64)>;

/// The mean over those curves that reach a step, at each step that any of them has.
pub(crate) fn mean<'a>(curves: impl Iterator<Item = &'a [(f64, f64)]>) -> Points {
    let sums = joined(curves, |value| (value, 1.0), |(sum, count), it| (sum + it, count + 1.0));
    sums.into_iter().map(|(step, (sum, count))| (step, sum / count)).collect()
}

/// What `first` and then `next` make of the values of all curves at a step, by step.
fn joined<'a>(
    curves: impl Iterator<Item = &'a [(f64, f64)]>,
    first: impl Fn(f64) -> (f64, f64),
    next: impl Fn((f64, f64), f64) -> (f64, f64),
) -> Vec<(f64, (f64, f64))> {
    let mut all: Vec<(f64, (f64, f64))> = Vec::new();
    for curve in curves {
        // Most runs are evaluated at the same steps: then the places are the same.
        let is_alike = curve.iter().zip(&all).all(|(new, known)| new.0.total_cmp(&known.0).is_eq());
        if is_alike {
            for (known, new) in all.iter_mut().zip(curve) {
                known.1 = next(known.1, new.1);
            }
            let beyond = curve.iter().skip(all.len()).map(|&(at, value)| (at, first(value)));
            all.extend(beyond);
            continue;
        }
        let mut by_step: BTreeMap<u64, (f64, f64)> =
            all.iter().map(|&(at, it)| (at as u64, it)).collect();
        for &(at, value) in curve {
            by_step
                .entry(at as u64)
                .and_modify(|it| *it = next(*it, value))
                .or_insert_with(|| first(value));
        }
        all = by_step.into_iter().map(|(at, it)| (at as f64, it)).collect();
    }
    all
}

/// The lowest and the highest of those curves that reach a step, at each step that any of them has.
pub(crate) fn spread<'a>(curves: impl Iterator<Item = &'a [(f64, f64)]>) -> [Points; 2] {
    let ends = joined(curves, |it| (it, it), |(low, high), it| (low.min(it), high.max(it)));
    let end = |of: fn(&(f64, f64)) -> f64| ends.iter().map(|(at, it)| (*at, of(it))).collect();
    [end(|it| it.0), end(|it| it.1)]
}

/// A curve whose every value is the mean of those up to it, the one before weighing `weight` of the
/// next; with the bias of the beginning taken out.
pub(crate) fn smoothed(curve: &[(f64, f64)], weight: f64) -> Points {
    let (mut sum, mut weights) = (0.0, 0.0);
    let next = |&(at, value): &(f64, f64)| {
        sum = weight * sum + value;
        weights = weight * weights + 1.0;
        (at, sum / weights)
    };
    curve.iter().map(next).collect()
}

/// What a metric is worth so far on one curve: its best or its last value, whichever the
/// experiment reads.
pub(crate) fn so_far(curve: &[(f64, f64)], metric: &Metric) -> Option<f64> {
    let mut values = curve.iter().map(|point| point.1);
    match (metric.at, metric.goal) {
        (ReadAt::Final, _) => values.next_back(),
        (ReadAt::Best, Goal::Minimize) => values.min_by(f64::total_cmp),
        (ReadAt::Best, Goal::Maximize) => values.max_by(f64::total_cmp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_over_the_curves_that_reach_a_step() {
        let short = [(10.0, 1.0), (20.0, 3.0)];
        let long = [(10.0, 2.0), (20.0, 5.0), (30.0, 7.0)];
        let curves = [&short[..], &long[..], &[]];
        assert_eq!(mean(curves.into_iter()), [(10.0, 1.5), (20.0, 4.0), (30.0, 7.0)]);
    }

    #[test]
    fn a_band_has_the_ends_and_smoothing_no_bias() {
        let curves = [&[(10.0, 1.0), (20.0, 3.0)][..], &[(10.0, 2.0)]];
        let [low, high] = spread(curves.into_iter());
        assert_eq!(low, [(10.0, 1.0), (20.0, 3.0)]);
        assert_eq!(high, [(10.0, 2.0), (20.0, 3.0)]);
        let curve = [(1.0, 4.0), (2.0, 4.0), (3.0, 1.0)];
        assert_eq!(smoothed(&curve, 0.0), curve);
        assert_eq!(smoothed(&curve, 0.5)[..2], curve[..2], "a level stays where it is");
        assert!((smoothed(&curve, 0.5)[2].1 - (1.0 + 2.0 + 1.0) / 1.75).abs() < 1e-12);
    }

    #[test]
    fn a_metric_is_read_where_the_experiment_reads_it() {
        let curve = [(10.0, 3.0), (20.0, 1.0), (30.0, 2.0)];
        let metric = |at, goal| Metric { name: "loss".into(), goal, at, solved: None };
        assert_eq!(so_far(&curve, &metric(ReadAt::Best, Goal::Minimize)), Some(1.0));
        assert_eq!(so_far(&curve, &metric(ReadAt::Best, Goal::Maximize)), Some(3.0));
        assert_eq!(so_far(&curve, &metric(ReadAt::Final, Goal::Minimize)), Some(2.0));
        assert_eq!(so_far(&[], &metric(ReadAt::Best, Goal::Minimize)), None);
    }
}
