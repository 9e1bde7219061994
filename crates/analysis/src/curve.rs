//! The mean learning curve of replicate runs.

use std::collections::BTreeMap;

use crate::{NotMeasurable, Sample, Summary};

/// Replicate values at one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// Optimizer steps taken.
    pub step: u64,
    /// Over the curves that have this step; [`Summary::n`] says how many.
    pub summary: Summary,
}

/// Per step, ascending, the summary over the curves that have it.
///
/// Curves are maps from step to value and may differ in length. Where one ends the mean
/// goes on over the others, so a jump at a change of `n` is no event of training.
///
/// # Errors
/// [`NotMeasurable`] as for [`Sample::new`].
pub fn mean_curve<'a>(
    curves: impl IntoIterator<Item = &'a BTreeMap<u64, f64>>,
) -> Result<Vec<CurvePoint>, NotMeasurable> {
    let mut by_step: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for (&step, &value) in curves.into_iter().flatten() {
        by_step.entry(step).or_default().push(value);
    }
    let mut points = Vec::with_capacity(by_step.len());
    for (step, values) in by_step {
        let summary = Sample::new(values)?.summary();
        points.extend(summary.map(|summary| CurvePoint { step, summary }));
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves_of_unequal_length_are_averaged_where_they_are() {
        let curves = [
            BTreeMap::from([(10, 4.0), (20, 2.0), (30, 1.0)]),
            BTreeMap::from([(10, 6.0), (20, 3.0)]),
        ];
        let points = mean_curve(&curves).unwrap();
        let found: Vec<_> =
            points.iter().map(|point| (point.step, point.summary.mean, point.summary.n)).collect();
        assert_eq!(found, [(10, 5.0, 2), (20, 2.5, 2), (30, 1.0, 1)]);
        assert!(points[0].summary.spread.is_some() && points[2].summary.spread.is_none());
    }

    #[test]
    fn no_curve_gives_no_point_and_a_bad_value_is_refused() {
        assert_eq!(mean_curve(&[]).unwrap(), []);
        assert!(mean_curve(&[BTreeMap::from([(1, f64::NAN)])]).is_err());
    }
}
