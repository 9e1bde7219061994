//! A test that may be looked at after every pair.

use crate::{Alternative, PValue};

/// Stakes that the bets are mixed over: `(k + ½) / 32`.
const STAKES: u32 = 32;

/// A p-value for whether paired differences lie symmetrically about `null` that stays valid however
/// often it is looked at and whenever looking stops. `differences` are in the order in which they
/// were seen; none gives 1.
///
/// A gambler starts with 1 and bets on the sign of each difference: of a stake λ the wealth is
/// `Π (1 + λ·sᵢ)`, where `sᵢ` is `dᵢ − null` divided by the largest `|dⱼ − null|` so far, its own
/// included. Under the null a sign is a fair coin whatever the sizes, so that no stake gains on
/// average, and the chance that the wealth ever reaches 1/α is at most α (Ville 1939). The wealth
/// is averaged over 32 stakes between 0 and 1, and for a two-sided test over both directions. The
/// p-value is 1 over the largest wealth so far.
///
/// For one look at the end it has less power than [`sign_flip`](crate::sign_flip()).
pub fn anytime(differences: &[f64], null: f64, alternative: Alternative) -> PValue {
    let directions: &[f64] = match alternative {
        Alternative::Greater => &[1.0],
        Alternative::Less => &[-1.0],
        Alternative::TwoSided => &[1.0, -1.0],
    };
    let stakes = (0..STAKES).map(|k| (f64::from(k) + 0.5) / f64::from(STAKES));
    let bets: Vec<f64> =
        stakes.flat_map(|stake| directions.iter().map(move |it| it * stake)).collect();
    let mut wealth = vec![1.0_f64; bets.len()];
    let (mut largest, mut most) = (0.0_f64, 1.0_f64);
    for difference in differences {
        let moved = difference - null;
        largest = largest.max(moved.abs());
        if largest == 0.0 {
            continue;
        }
        for (wealth, bet) in wealth.iter_mut().zip(&bets) {
            *wealth = (*wealth * (1.0 + bet * moved / largest)).min(1e300);
        }
        most = most.max(wealth.iter().sum::<f64>() / bets.len() as f64);
    }
    PValue { p: 1.0 / most, error: None }
}

/// [`equivalence`](crate::equivalence) by [`anytime`].
pub fn anytime_equivalence(differences: &[f64], margin: f64) -> PValue {
    let above = anytime(differences, -margin, Alternative::Greater);
    let below = anytime(differences, margin, Alternative::Less);
    if above.p >= below.p { above } else { below }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wealth_by_hand() {
        let p = |differences: &[f64], alternative| anytime(differences, 0.0, alternative).p;
        assert!((p(&[], Alternative::TwoSided) - 1.0).abs() < 1e-15);
        assert!((p(&[0.0, 0.0], Alternative::TwoSided) - 1.0).abs() < 1e-15);
        // One win at full size: the mean of 1 + λ is 1.5.
        assert!((p(&[2.0], Alternative::Greater) - 1.0 / 1.5).abs() < 1e-12);
        // It gains as much one way as it loses the other.
        assert!((p(&[2.0], Alternative::TwoSided) - 1.0).abs() < 1e-12);
        assert!((p(&[2.0], Alternative::Less) - 1.0).abs() < 1e-12);
        // The second is half as large as the first: the mean of (1 + λ)(1 + λ/2) over the stakes.
        let stakes = (0..32).map(|k| (f64::from(k) + 0.5) / 32.0);
        let mean = stakes.map(|it| (1.0 + it) * (1.0 + it / 2.0)).sum::<f64>() / 32.0;
        assert!((p(&[2.0, 1.0], Alternative::Greater) - 1.0 / mean).abs() < 1e-12);
        // Eight that agree are enough, and seven are not.
        let agreeing = [7, 8].map(|n| p(&vec![1.0; n], Alternative::TwoSided) <= 0.05);
        assert_eq!(agreeing, [false, true]);
        // What was won is not lost by going on.
        let won = p(&[1.0; 9], Alternative::TwoSided);
        assert!(
            won < 0.05 && p(&[&[1.0; 9][..], &[-1.0; 9]].concat(), Alternative::TwoSided) <= won
        );
        assert!(p(&vec![1.0; 5000], Alternative::Greater) > 0.0);
    }

    #[test]
    fn a_null_elsewhere_and_equivalence() {
        let near = [0.1, -0.2, 0.05, 0.15, -0.1, 0.0, 0.1, -0.1, 0.05, -0.05];
        assert!(anytime(&near, -1.0, Alternative::Greater).p < 0.02);
        assert!(anytime_equivalence(&near, 1.0).p < 0.05);
        assert!(anytime_equivalence(&near, 0.05).p > 0.05);
    }
}
