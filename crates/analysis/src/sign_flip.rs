//! The sign-flip test: the one test of this crate.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use crate::Sample;

/// Largest number of pairs whose sign vectors are all counted.
pub const EXACT_UP_TO: usize = 40;

/// Sign vectors drawn where there are too many to count.
const DRAWN: u64 = 100_000;

/// Sums that differ by less than this share of the largest possible one are equal: they are
/// the same sum in another order.
const SAME: f64 = 1e-12;

/// Which means count as at least as far from the null as the one that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alternative {
    /// Those as large or larger.
    Greater,
    /// Those as small or smaller.
    Less,
    /// Those as far from it on either side.
    TwoSided,
}

/// A p-value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PValue {
    /// The value, in (0, 1].
    pub p: f64,
    /// Its standard error where it was sampled; `None` where it is exact.
    pub error: Option<f64>,
}

impl PValue {
    pub(crate) const CERTAIN: Self = Self { p: 1.0, error: None };
}

/// Whether paired differences lie symmetrically about `null` (Fisher 1935): the share of all
/// sign vectors `s` with which `Σ sᵢ·(dᵢ − null)` is at least as far out as it is with every
/// sign as it was found.
///
/// It assumes that under the null a difference and its mirror image are equally likely, and
/// nothing of its distribution. All `2ⁿ` vectors are counted up to [`EXACT_UP_TO`] pairs
/// (both halves are sorted and met in the middle: `O(2^(n/2))`); beyond that 100 000 are drawn,
/// always the same ones. `None` without differences.
pub fn sign_flip(differences: &Sample, null: f64, alternative: Alternative) -> Option<PValue> {
    let sign = if alternative == Alternative::Less { -1.0 } else { 1.0 };
    let moved: Vec<f64> = differences.values().iter().map(|it| sign * (it - null)).collect();
    if moved.is_empty() {
        return None;
    }
    let found: f64 = moved.iter().sum();
    let sides = if alternative == Alternative::TwoSided { 2.0 } else { 1.0 };
    let least = if alternative == Alternative::TwoSided { found.abs() } else { found };
    // A difference of nothing has one sign.
    let sizes: Vec<f64> = moved.iter().map(|it| it.abs()).filter(|&it| it > 0.0).collect();
    let slack = SAME * sizes.iter().sum::<f64>();
    if alternative == Alternative::TwoSided && least <= slack {
        return Some(PValue::CERTAIN);
    }
    let upper = if sizes.len() <= EXACT_UP_TO {
        PValue { p: counted(&sizes, least - slack), error: None }
    } else {
        drawn(&sizes, least - slack)
    };
    Some(PValue { p: (sides * upper.p).min(1.0), error: upper.error.map(|it| sides * it) })
}

/// The share of sign vectors whose sum is at least `least`.
fn counted(sizes: &[f64], least: f64) -> f64 {
    let (left, right) = sizes.split_at(sizes.len() / 2);
    let (left, right) = (sums(left), sums(right));
    // As the left sum grows, more of the right ones are enough.
    let mut enough = right.len();
    let mut count = 0_u64;
    for it in left {
        while enough > 0 && it + right[enough - 1] >= least {
            enough -= 1;
        }
        count += (right.len() - enough) as u64;
    }
    count as f64 / (sizes.len() as f64).exp2()
}

/// The sums with every sign, ascending.
fn sums(sizes: &[f64]) -> Vec<f64> {
    let mut all = vec![0.0];
    for size in sizes {
        let mut next = Vec::with_capacity(2 * all.len());
        // Two ascending lists are merged, without a branch that could be guessed wrong: those with
        // the size taken off, and those with it added, which never get ahead of the first.
        let (mut low, mut high) = (0, 0);
        while low < all.len() {
            let (below, above) = (all[low] - size, all[high] + size);
            let is_above = above < below;
            next.push(if is_above { above } else { below });
            low += usize::from(!is_above);
            high += usize::from(is_above);
        }
        next.extend(all[high..].iter().map(|it| it + size));
        all = next;
    }
    all
}

/// [`counted`] from some of the vectors. The one that was found counts too, which keeps the
/// error at most what the p-value says (Phipson and Smyth 2010).
fn drawn(sizes: &[f64], least: f64) -> PValue {
    let mut rng = ChaCha8Rng::from_seed(*b"signs of differences, in unroll.");
    let mut hits = 0_u64;
    for _ in 0..DRAWN {
        let mut sum = 0.0;
        for some in sizes.chunks(64) {
            let signs = rng.next_u64();
            let signed =
                |(at, size): (usize, &f64)| if signs >> at & 1 == 1 { *size } else { -size };
            sum += some.iter().enumerate().map(signed).sum::<f64>();
        }
        hits += u64::from(sum >= least);
    }
    let p = (hits + 1) as f64 / (DRAWN + 1) as f64;
    PValue { p, error: Some((p * (1.0 - p) / DRAWN as f64).sqrt()) }
}

/// Whether differences are within `margin` of zero: two one-sided tests (Schuirmann 1987), the
/// larger p-value of "not above −margin" and "not below +margin". `None` without differences.
pub fn equivalence(differences: &Sample, margin: f64) -> Option<PValue> {
    let above = sign_flip(differences, -margin, Alternative::Greater)?;
    let below = sign_flip(differences, margin, Alternative::Less)?;
    Some(if above.p >= below.p { above } else { below })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(values: &[f64], alternative: Alternative) -> f64 {
        sign_flip(&Sample::new(values.iter().copied()).unwrap(), 0.0, alternative).unwrap().p
    }

    #[test]
    fn cases_by_hand() {
        use Alternative::{Greater, Less, TwoSided};
        // Of the eight sums of ±1 ±2 ±4, 7 is the largest; 5 is reached by two.
        assert_eq!(p(&[1.0, 2.0, 4.0], Greater).to_bits(), 0.125_f64.to_bits());
        assert_eq!(p(&[1.0, 2.0, 4.0], TwoSided).to_bits(), 0.25_f64.to_bits());
        assert_eq!(p(&[1.0, 2.0, 4.0], Less).to_bits(), 1.0_f64.to_bits());
        assert_eq!(p(&[-1.0, 2.0, 4.0], Greater).to_bits(), 0.25_f64.to_bits());
        assert_eq!(p(&[-1.0, 2.0, 4.0], TwoSided).to_bits(), 0.5_f64.to_bits());
        // Zeros say nothing; equal ones are ties.
        assert_eq!(p(&[0.0, 0.0, 1.0, 1.0], Greater).to_bits(), 0.25_f64.to_bits());
        assert_eq!(p(&[0.0, 0.0], TwoSided).to_bits(), 1.0_f64.to_bits());
        assert_eq!(p(&[3.0, -3.0], TwoSided).to_bits(), 1.0_f64.to_bits());
        assert_eq!(sign_flip(&Sample::default(), 0.0, TwoSided), None);
    }

    #[test]
    fn every_sign_vector_is_counted() {
        let values = [0.3, -0.1, 0.7, 0.2, -0.05, 0.4, 0.1, 0.1, -0.3];
        let found: f64 = values.iter().sum();
        let sum = |signs: u32| -> f64 {
            let flip = |(at, it): (usize, &f64)| if signs >> at & 1 == 1 { -it } else { *it };
            values.iter().enumerate().map(flip).sum()
        };
        let hits = (0..1 << values.len()).filter(|&it| sum(it).abs() >= found.abs() - 1e-12);
        let expected = hits.count() as f64 / f64::from(1 << values.len());
        assert_eq!(p(&values, Alternative::TwoSided).to_bits(), expected.to_bits());
    }

    #[test]
    fn what_is_drawn_agrees_with_what_is_counted() {
        let values: Vec<f64> = (0..40).map(|it| f64::from(it * 7 % 40) - 16.5).collect();
        let exact = p(&values, Alternative::TwoSided);
        let sizes: Vec<f64> = values.iter().map(|it| it.abs()).collect();
        let sampled = drawn(&sizes, values.iter().sum::<f64>().abs());
        assert!(
            (2.0 * sampled.p - exact).abs() < 8.0 * sampled.error.unwrap(),
            "{exact} {sampled:?}"
        );
        let one_more: Vec<f64> = values.iter().copied().chain([40.0]).collect();
        let sample = Sample::new(one_more).unwrap();
        assert!(sign_flip(&sample, 0.0, Alternative::Less).unwrap().error.is_some());
    }

    #[test]
    fn equivalence_needs_both_sides() {
        let near = Sample::new([0.1, -0.2, 0.05, 0.15, -0.1, 0.0]).unwrap();
        assert_eq!(equivalence(&near, 1.0).unwrap().p.to_bits(), (1.0_f64 / 64.0).to_bits());
        assert!(equivalence(&near, 0.05).unwrap().p > 0.05);
        let far = Sample::new([1.1, 1.2, 1.05, 1.15, 1.1, 1.0]).unwrap();
        assert!(equivalence(&far, 1.0).unwrap().p > 0.9);
    }
}
