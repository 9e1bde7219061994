//! Round numbers along an axis.

/// First digits of a tick's distance to the next.
const DIGITS: [f64; 9] = [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 8.0, 10.0];

/// Evenly spaced round numbers, at least two and at most `most`, that enclose `low` and
/// `high`.
pub(super) fn linear(low: f64, high: f64, most: usize) -> Vec<f64> {
    let most = most.max(3);
    let (low, high) = if low < high {
        (low, high)
    } else {
        let air = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
        (low - air, low + air)
    };
    let power = 10_f64.powf(((high - low) / (most - 1) as f64).log10().floor());
    let mut steps = [power, power * 10.0].into_iter().flat_map(|power| DIGITS.map(|d| d * power));
    // Values that differ only in their last bits may have no round numbers between them.
    steps.find_map(|step| spaced(low, high, step, most)).unwrap_or_else(|| vec![low, high])
}

/// Like [`linear`], for logarithms to base ten: powers of ten or their geometric means
/// where the values span at least one.
pub(super) fn logarithmic(low: f64, high: f64, most: usize) -> Vec<f64> {
    if high - low < 1.0 {
        return linear(low, high, most);
    }
    let mut steps = [0.5].into_iter().chain((1..1000).map(f64::from));
    let ticks = steps.find_map(|step| spaced(low, high, step, most.max(3)));
    ticks.unwrap_or_else(|| vec![low, high])
}

/// Multiples of `step` that enclose `low` and `high`, if they are few enough.
fn spaced(low: f64, high: f64, step: f64, most: usize) -> Option<Vec<f64>> {
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let count = last - first + 1.0;
    let ticks = || (0..count as usize).map(|i| (first + i as f64) * step).collect();
    (2.0..=most as f64).contains(&count).then(ticks)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ticks_are_round_and_enclose_the_values() {
        assert_eq!(linear(0.009, 0.25, 6), [0.0, 0.05, 0.1, 0.150_000_000_000_000_02, 0.2, 0.25]);
        assert_eq!(linear(-3.0, 14.0, 4), [-8.0, 0.0, 8.0, 16.0]);
        assert_eq!(linear(0.0, 0.0, 3), [-1.0, 0.0, 1.0]);
        assert_eq!(logarithmic(-2.1, -0.8, 6), [-2.5, -2.0, -1.5, -1.0, -0.5]);
        assert_eq!(logarithmic(-2.3, 0.4, 6), [-3.0, -2.0, -1.0, 0.0, 1.0]);
        assert_eq!(logarithmic(-300.0, 0.4, 4), [-300.0, -150.0, 0.0, 150.0]);
    }

    proptest! {
        #[test]
        fn any_values_are_enclosed_by_few_ticks(
            (a, b) in (-1e3..1e3, -1e3..1e3), scale in -90..90, most in 0_usize..9,
        ) {
            let (low, high) = (f64::min(a, b), f64::max(a, b));
            let scale = 10_f64.powi(scale);
            for ticks in [linear(low * scale, high * scale, most), logarithmic(low, high, most)] {
                prop_assert!((2..=most.max(3)).contains(&ticks.len()), "{ticks:?}");
                prop_assert!(ticks.is_sorted());
            }
            let ticks = linear(low * scale, high * scale, most);
            let air = (high - low) * scale * 1e-9;
            prop_assert!(ticks[0] <= low * scale + air, "{ticks:?}");
            prop_assert!(ticks[ticks.len() - 1] >= high * scale - air, "{ticks:?}");
        }
    }
}
