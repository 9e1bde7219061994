//! How large a difference is beside its noise, and how many pairs would show it.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::{Sample, fewest_pairs};

impl Sample {
    /// The mean divided by the standard deviation: of paired differences Cohen's d_z. `None` of
    /// fewer than two values, or of equal ones.
    pub fn standardised(&self) -> Option<f64> {
        let summary = self.summary()?;
        let sd = summary.spread?.sd;
        (sd > 0.0).then(|| summary.mean / sd)
    }

    /// The share of values above zero, those that are zero counted half: of paired differences
    /// how often the left side was above the right (Bouthillier et al. 2021, arXiv:2103.03098).
    /// `None` without values.
    pub fn share_above_zero(&self) -> Option<f64> {
        let values = self.values();
        let half = |it: &f64| if *it > 0.0 { 1.0 } else { f64::from(u8::from(*it == 0.0)) / 2.0 };
        (!values.is_empty()).then(|| values.iter().map(half).sum::<f64>() / values.len() as f64)
    }
}

/// Chance to find an effect that is there, on which [`pairs_to_decide`] is planned.
pub const POWER: f64 = 0.8;

/// An estimate of how many pairs a two-sided test at level `alpha` needs to find an effect of
/// `standardised` standard deviations with a chance of [`POWER`]:
/// `((z(1 − α/2) + z(power)) / d)² + z(1 − α/2)² / 2` (Guenther 1981, for the t-test), and no fewer
/// than the sign-flip test needs to reach `alpha` at all. `None` for no effect, and for one that
/// takes more than a million pairs.
pub fn pairs_to_decide(standardised: f64, alpha: f64) -> Option<usize> {
    let normal = Normal::standard();
    let z = normal.inverse_cdf(1.0 - alpha / 2.0);
    let pairs = ((z + normal.inverse_cdf(POWER)) / standardised).powi(2) + z * z / 2.0;
    let fewest = fewest_pairs(alpha)?;
    (pairs < 1e6).then(|| (pairs.ceil() as usize).max(fewest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects_by_hand() {
        let sample = Sample::new([1.0, 2.0, 3.0, 0.0]).unwrap();
        // Mean 1.5, variance 5/3.
        assert!((sample.standardised().unwrap() - 1.5 / (5.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(sample.share_above_zero(), Some(0.875));
        assert_eq!(Sample::new([2.0, 2.0]).unwrap().standardised(), None);
        assert_eq!(Sample::default().share_above_zero(), None);
    }

    #[test]
    fn a_small_effect_takes_many_pairs_and_none_takes_fewer_than_the_test_can_use() {
        assert_eq!(pairs_to_decide(100.0, 0.05), Some(6));
        assert_eq!(pairs_to_decide(-100.0, 0.05), Some(6));
        assert_eq!(pairs_to_decide(100.0, 0.005), Some(9));
        assert_eq!(pairs_to_decide(0.0, 0.05), None);
        assert!(pairs_to_decide(0.1, 0.05) > pairs_to_decide(0.5, 0.05));
    }
}
