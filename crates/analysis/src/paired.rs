//! Comparison of two arms that ran with the same seeds.

use std::collections::BTreeMap;

use crate::{NotMeasurable, Sample};

/// Fewest pairs with which an exact two-sided sign-flip test can reach p < 0.05.
pub const PAIRS_NEEDED: usize = 6;

/// Per seed that both sides have: `left - right`.
///
/// Its [`Sample::summary`] is the paired comparison: mean difference, 95 % t-interval of
/// it, and number of pairs.
///
/// # Errors
/// [`NotMeasurable`] as for [`Sample::new`].
pub fn differences(
    left: &BTreeMap<u64, f64>,
    right: &BTreeMap<u64, f64>,
) -> Result<Sample, NotMeasurable> {
    Sample::new(left.iter().filter_map(|(seed, left)| Some(left - right.get(seed)?)))
}

/// Smallest two-sided p-value that an exact sign-flip test over `pairs` pairs can give,
/// whatever the data: `2 / 2^pairs`, at most 1.
pub fn sign_flip_floor(pairs: usize) -> f64 {
    (1.0 - pairs as f64).exp2().min(1.0)
}

/// Fewest pairs with which that test can reach `alpha`; `None` where a hundred cannot.
pub fn fewest_pairs(alpha: f64) -> Option<usize> {
    (1..=100).find(|&pairs| sign_flip_floor(pairs) <= alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_seeds_that_both_sides_have_are_paired() {
        let left = BTreeMap::from([(0, 5.0), (1, 7.0), (2, 1.0)]);
        let right = BTreeMap::from([(1, 4.0), (2, 3.0), (9, 0.0)]);
        let sample = differences(&left, &right).unwrap();
        assert_eq!(sample.values(), [-2.0, 3.0]);
        assert_eq!(differences(&left, &BTreeMap::new()).unwrap().summary(), None);
        let huge = BTreeMap::from([(0, f64::INFINITY)]);
        assert!(differences(&huge, &left).is_err());
    }

    #[test]
    fn six_pairs_are_the_fewest_that_can_reach_five_percent() {
        let floors = [0, 1, 2, 3].map(sign_flip_floor).to_vec();
        assert_eq!(floors, vec![1.0, 1.0, 0.5, 0.25]);
        assert!(sign_flip_floor(PAIRS_NEEDED) < 0.05);
        assert!(sign_flip_floor(PAIRS_NEEDED - 1) > 0.05);
        assert_eq!([0.05, 0.005, 0.0].map(fewest_pairs), [Some(PAIRS_NEEDED), Some(9), None]);
    }
}
