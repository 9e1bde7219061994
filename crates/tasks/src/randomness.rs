//! Randomness that depends on where it is used, not on what was drawn before.
//!
//! Every use names its own [`stream`] by (seed, purpose, epoch, index). There is no
//! generator to carry along or to restore: resuming, reordering and running in parallel
//! change nothing. What is drawn is pinned by tests, independent of any distribution
//! crate, since a changed draw would change every published number.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng as _};

/// The generator for one use. `purpose` tells uses apart ("initial weights"); `epoch` and
/// `index` count within a purpose and are 0 where there is nothing to count.
///
/// Its key is the BLAKE3 hash of the four, the text with its length before it, so that
/// streams whose names differ in any way are independent.
pub fn stream(seed: u64, purpose: &str, epoch: u64, index: u64) -> ChaCha8Rng {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&seed.to_le_bytes());
    hasher.update(&(purpose.len() as u64).to_le_bytes());
    hasher.update(purpose.as_bytes());
    hasher.update(&epoch.to_le_bytes());
    hasher.update(&index.to_le_bytes());
    ChaCha8Rng::from_seed(*hasher.finalize().as_bytes())
}

/// Uniform in [0, 1): a multiple of 2⁻²⁴, from the upper 24 bits of one 32-bit draw.
pub fn unit(rng: &mut impl Rng) -> f32 {
    (rng.next_u32() >> 8) as f32 / (1_u32 << 24) as f32
}

/// Uniform in `0..n`, without bias (Lemire 2019, arXiv:1805.10941).
///
/// # Panics
/// If `n` is 0: there is nothing to choose from.
pub fn below(rng: &mut impl Rng, n: usize) -> usize {
    assert!(n > 0, "cannot choose one of 0");
    let n = n as u64;
    // 2⁶⁴ mod n of the draws would make small results too frequent; they are redrawn.
    let surplus = n.wrapping_neg() % n;
    loop {
        let product = u128::from(rng.next_u64()) * u128::from(n);
        if product as u64 >= surplus {
            return (product >> 64) as usize;
        }
    }
}

/// The numbers `0..n` in random order, every order equally likely (Fisher and Yates).
pub fn permutation(rng: &mut impl Rng, n: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..n).collect();
    for last in (1..n).rev() {
        order.swap(last, below(rng, last + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn first(seed: u64, purpose: &str, epoch: u64, index: u64) -> u64 {
        stream(seed, purpose, epoch, index).next_u64()
    }

    #[test]
    fn draws_are_pinned() {
        let rng = &mut stream(7, "test", 1, 2);
        insta::assert_debug_snapshot!(rng.next_u64(), @"11940727312396088039");
        insta::assert_compact_debug_snapshot!([unit(rng), unit(rng)], @"[0.017680645, 0.13453406]");
        insta::assert_compact_debug_snapshot!([below(rng, 10), below(rng, 1 << 40)], @"[9, 883189300670]");
        insta::assert_compact_debug_snapshot!(permutation(rng, 8), @"[1, 2, 7, 0, 6, 5, 4, 3]");
    }

    #[test]
    fn every_part_of_the_name_matters() {
        let names = [
            first(0, "ab", 0, 0),
            first(1, "ab", 0, 0),
            first(0, "ba", 0, 0),
            first(0, "ab\0", 0, 0),
            first(0, "", 0, 0),
            first(0, "ab", 1, 0),
            first(0, "ab", 0, 1),
        ];
        assert_eq!(BTreeSet::from(names).len(), names.len());
        assert_eq!(first(0, "ab", 0, 0), names[0]);
    }

    #[test]
    fn draws_are_uniform() {
        let rng = &mut stream(0, "uniform", 0, 0);
        let mean = (0..10_000).map(|_| f64::from(unit(rng))).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.015, "5 standard errors off: {mean}");
        let mut counts = [0_i32; 6];
        (0..6_000).for_each(|_| counts[below(rng, 6)] += 1);
        assert!(counts.iter().all(|count| (count - 1_000).abs() < 150), "{counts:?}");
    }

    #[test]
    fn all_orders_of_three_are_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for index in 0..6_000 {
            let order = permutation(&mut stream(0, "orders", 0, index), 3);
            *counts.entry(order).or_insert(0_i32) += 1;
        }
        assert_eq!(counts.len(), 6);
        assert!(counts.values().all(|count| (count - 1_000).abs() < 150), "{counts:?}");
    }

    #[test]
    #[should_panic(expected = "cannot choose one of 0")]
    fn choosing_from_nothing_is_a_bug() {
        below(&mut stream(0, "", 0, 0), 0);
    }

    proptest! {
        #[test]
        fn draws_stay_in_range(seed: u64, n in 1_usize..usize::MAX) {
            let rng = &mut stream(seed, "range", 0, 0);
            prop_assert!(below(rng, n) < n);
            prop_assert!((0.0..1.0).contains(&unit(rng)));
        }

        #[test]
        fn a_permutation_holds_every_number_once(seed: u64, n in 0_usize..200) {
            let mut order = permutation(&mut stream(seed, "once", 0, 0), n);
            order.sort_unstable();
            prop_assert_eq!(order, (0..n).collect::<Vec<_>>());
        }
    }
}
