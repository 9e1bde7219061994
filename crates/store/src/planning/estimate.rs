//! How many seeds an experiment needs to be able to find anything.

use crate::Plan;

/// Fewest paired seeds with which one of `comparisons` differences can reach the 5 % level:
/// the smallest n with 2^n >= 40 · comparisons.
///
/// The exact two-sided sign-flip test of n differences has no p-value below 2 / 2^n, and
/// Holm's correction holds the smallest of m p-values against 0.05 / m.
pub fn paired_seeds_needed(comparisons: u64) -> u32 {
    let needed = u128::from(comparisons.max(1)) * 40;
    needed.next_power_of_two().trailing_zeros()
}

impl Plan {
    /// What the report compares and corrects for together: every arm with the baseline on every
    /// task, as indices into [`Plan::conditions`] of the arm and of the baseline, without arms that
    /// are the baseline's configuration under another name.
    pub fn compared(&self) -> Vec<[usize; 2]> {
        let mut compared = Vec::new();
        let mut first = 0;
        for arms in self.conditions.chunk_by(|a, b| a.task == b.task) {
            // The baseline comes first.
            let others = (1..arms.len()).filter(|&arm| arms[arm].identity != arms[0].identity);
            compared.extend(others.map(|arm| [first + arm, first]));
            first += arms.len();
        }
        compared
    }

    /// How many [`Plan::compared`] are.
    pub fn comparisons(&self) -> u64 {
        self.compared().len() as u64
    }

    /// [`paired_seeds_needed`] for the comparisons of this plan.
    pub fn paired_seeds_needed(&self) -> u32 {
        paired_seeds_needed(self.comparisons())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_p_value_just_reaches_the_level() {
        // One comparison: 2 / 2^6 = 0.031 is enough, 2 / 2^5 = 0.0625 is not.
        assert_eq!(paired_seeds_needed(1), 6);
        assert_eq!(paired_seeds_needed(2), 7);
        assert_eq!(paired_seeds_needed(7), 9);
        for comparisons in 1..2000 {
            let n = paired_seeds_needed(comparisons);
            let floor = |n: u32| 2.0 / 2_f64.powi(n as i32);
            assert!(floor(n) <= 0.05 / comparisons as f64, "{comparisons}");
            assert!(floor(n - 1) > 0.05 / comparisons as f64, "{comparisons}");
        }
        assert_eq!(paired_seeds_needed(u64::MAX), 70);
    }
}
