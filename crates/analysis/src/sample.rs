//! Values that have been checked.

/// Largest magnitude that a [`Sample`] takes; keeps every sum and square finite.
pub const LARGEST: f64 = 1e150;

/// A value that no statistic can be computed from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NotMeasurable {
    /// The value: NaN, infinite, or larger in magnitude than [`LARGEST`].
    pub value: f64,
}

impl std::fmt::Display for NotMeasurable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} is not a finite number of magnitude at most {LARGEST:e}", self.value)
    }
}

impl std::error::Error for NotMeasurable {}

/// Finite values of replicates, in ascending order.
///
/// The order makes every result independent of the order in which replicates came in,
/// to the last bit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    sorted: Vec<f64>,
}

impl Sample {
    /// Checks and sorts `values`; there may be none.
    ///
    /// # Errors
    /// [`NotMeasurable`] with the first value that is NaN, infinite, or larger in
    /// magnitude than [`LARGEST`].
    pub fn new(values: impl IntoIterator<Item = f64>) -> Result<Self, NotMeasurable> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        // Written so that NaN, which compares with nothing, is refused.
        let refused = sorted.iter().find(|value| !matches!(value.abs(), 0.0..=LARGEST));
        if let Some(&value) = refused {
            return Err(NotMeasurable { value });
        }
        sorted.sort_unstable_by(f64::total_cmp);
        Ok(Self { sorted })
    }

    /// The values, ascending.
    pub fn values(&self) -> &[f64] {
        &self.sorted
    }

    /// The value below which lies the share `share` from 0 to 1, between two values by straight
    /// lines (type 7 of Hyndman and Fan 1996); `None` without values.
    pub fn quantile(&self, share: f64) -> Option<f64> {
        let last = self.sorted.len().checked_sub(1)?;
        let at = share.clamp(0.0, 1.0) * last as f64;
        let (below, above) = (self.sorted[at.floor() as usize], self.sorted[at.ceil() as usize]);
        Some(below + (at - at.floor()) * (above - below))
    }

    /// The middle value, or the mean of the two middle ones; `None` without values.
    pub fn median(&self) -> Option<f64> {
        let n = self.sorted.len();
        let upper = *self.sorted.get(n / 2)?;
        let lower = self.sorted[(n - 1) / 2];
        Some(f64::midpoint(lower, upper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_no_statistic_survives_are_refused() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1e200] {
            let error = Sample::new([1.0, bad]).unwrap_err();
            assert_eq!(error.value.to_bits(), bad.to_bits());
        }
        let message = Sample::new([f64::INFINITY]).unwrap_err().to_string();
        assert_eq!(message, "inf is not a finite number of magnitude at most 1e150");
        assert_eq!(Sample::new([2.0, -1.0]).unwrap().values(), [-1.0, 2.0]);
    }

    #[test]
    fn the_median_is_the_middle() {
        let median = |values: &[f64]| Sample::new(values.iter().copied()).unwrap().median();
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn quantiles_lie_between_values() {
        let sample = Sample::new([4.0, 1.0, 2.0]).unwrap();
        let found = [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| sample.quantile(share).unwrap());
        assert_eq!(found.map(f64::to_bits), [1.0, 1.5, 2.0, 3.0, 4.0_f64].map(f64::to_bits));
        assert_eq!(Sample::default().quantile(0.5), None);
    }
}
