//! What must hold of summaries whatever the values.

use std::collections::BTreeMap;

use analysis::{Median, Sample, Summary, differences, mean_curve, median_with_lost};
use proptest::prelude::*;

fn summary(values: &[f64]) -> Summary {
    Sample::new(values.iter().copied()).unwrap().summary().unwrap()
}

/// Mean, standard deviation and interval ends.
fn numbers(values: &[f64]) -> [f64; 4] {
    let summary = summary(values);
    let spread = summary.spread.unwrap();
    [summary.mean, spread.sd, spread.interval.low, spread.interval.high]
}

fn close(found: &[f64], expected: &[f64], scale: f64) -> Result<(), TestCaseError> {
    for (found, expected) in found.iter().zip(expected) {
        prop_assert!((found - expected).abs() <= 1e-9 * scale, "{found} is not {expected}");
    }
    Ok(())
}

fn values() -> impl Strategy<Value = Vec<f64>> {
    prop::collection::vec(-1e3..1e3f64, 2..30)
}

proptest! {
    #[test]
    fn a_shift_moves_the_mean_and_leaves_the_spread(values in values(), shift in -1e3..1e3f64) {
        let moved: Vec<f64> = values.iter().map(|value| value + shift).collect();
        let [mean, sd, low, high] = numbers(&values);
        // With two values the interval is up to nine standard deviations long.
        close(&numbers(&moved), &[mean + shift, sd, low + shift, high + shift], 1e5)?;
    }

    #[test]
    fn a_scale_scales_everything_and_a_negative_one_swaps_the_ends(
        values in values(),
        scale in 1e-3..1e3f64,
    ) {
        let [mean, sd, low, high] = numbers(&values);
        let size = 1e5 * scale;
        let scaled: Vec<f64> = values.iter().map(|value| value * scale).collect();
        close(&numbers(&scaled), &[mean * scale, sd * scale, low * scale, high * scale], size)?;
        let turned: Vec<f64> = values.iter().map(|value| -value * scale).collect();
        close(&numbers(&turned), &[-mean * scale, sd * scale, -high * scale, -low * scale], size)?;
    }

    #[test]
    fn the_mean_lies_in_its_interval_and_in_the_range(values in values()) {
        let summary = summary(&values);
        prop_assert!(summary.spread.unwrap().interval.contains(summary.mean));
        prop_assert!((summary.min..=summary.max).contains(&summary.mean));
        prop_assert!(values.iter().all(|value| (summary.min..=summary.max).contains(value)));
    }

    #[test]
    fn the_order_of_replicates_changes_no_bit(
        (values, shuffled) in values().prop_flat_map(|values| {
            (Just(values.clone()), Just(values).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(summary(&values), summary(&shuffled));
    }

    #[test]
    fn exchanging_the_sides_negates_the_difference(
        pairs in prop::collection::btree_map(0..40u64, (-1e3..1e3f64, -1e3..1e3f64), 2..20),
    ) {
        let left: BTreeMap<_, _> = pairs.iter().map(|(&seed, pair)| (seed, pair.0)).collect();
        let right: BTreeMap<_, _> = pairs.iter().map(|(&seed, pair)| (seed, pair.1)).collect();
        let there = differences(&left, &right).unwrap().summary().unwrap();
        let back = differences(&right, &left).unwrap().summary().unwrap();
        prop_assert_eq!(there.n, pairs.len());
        close(&[there.mean], &[-back.mean], 1e4)?;
        // Pairing is on the mean of differences, which is the difference of the means.
        let means = [&left, &right].map(|side| summary(&side.values().copied().collect::<Vec<_>>()));
        close(&[there.mean], &[means[0].mean - means[1].mean], 1e4)?;
    }

    #[test]
    fn a_curve_of_one_run_is_that_run(
        curve in prop::collection::btree_map(0..1000u64, -1e3..1e3f64, 0..20),
    ) {
        let points = mean_curve(std::slice::from_ref(&curve)).unwrap();
        let back: BTreeMap<_, _> =
            points.iter().map(|point| (point.step, point.summary.mean)).collect();
        prop_assert_eq!(back, curve);
    }

    #[test]
    fn losing_more_runs_never_improves_the_median(values in values(), lost in 0..40usize) {
        let sample = Sample::new(values).unwrap();
        let at = |lost| match median_with_lost(&sample, lost, true).unwrap() {
            Median::Score(score) => score,
            Median::Lost => f64::INFINITY,
        };
        prop_assert!(at(lost + 1) >= at(lost));
        prop_assert_eq!(Some(at(0)), sample.median());
    }
}
