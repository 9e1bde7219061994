//! Axes: values to positions, and where the ticks are.

use store::Goal;

/// An axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
}

impl Scale {
    /// An axis that shows `low` to `high`, with a little room on both ends.
    pub(crate) fn linear(low: f64, high: f64) -> Self {
        // A flat curve needs an axis too.
        let room = if high > low { (high - low) * 0.04 } else { high.abs().max(1.0) * 0.1 };
        Self { logarithmic: false, low: low - room, high: high + room }
    }

    /// An axis from 0 to `high` without room.
    pub(crate) fn from_zero(high: f64) -> Self {
        Self { logarithmic: false, low: 0.0, high: if high > 0.0 { high } else { 1.0 } }
    }

    /// An axis from `low` to `high` without room.
    pub(crate) fn exactly(low: f64, high: f64) -> Self {
        Self { logarithmic: false, low, high }
    }

    /// An axis of scores: logarithmic for one that is minimised and goes over more than a factor of
    /// twenty.
    pub(crate) fn of_scores(scores: (f64, f64), goal: Goal) -> Self {
        match goal {
            Goal::Minimize => Self::by_width(scores, 20.0),
            Goal::Maximize => Self::linear(scores.0, scores.1),
        }
    }

    pub(super) fn is_logarithmic(&self) -> bool {
        self.logarithmic
    }

    /// A logarithmic axis where the values are positive and the largest is more than `wide` times
    /// the smallest, else a linear one.
    pub(crate) fn by_width((low, high): (f64, f64), wide: f64) -> Self {
        if low > 0.0 && high > wide * low {
            Self::logarithmic(low, high)
        } else {
            Self::linear(low, high)
        }
    }

    /// A logarithmic axis that shows `low` to `high`, both positive and not equal.
    pub(crate) fn logarithmic(low: f64, high: f64) -> Self {
        let room = (high / low).powf(0.04);
        Self { logarithmic: true, low: low / room, high: high * room }
    }

    /// Position of `value` from 0 (low end) to 1; values beyond the axis are at its ends.
    pub(super) fn position(&self, value: f64) -> f64 {
        let at = |value: f64| if self.logarithmic { value.log10() } else { value };
        let value = value.clamp(self.low, self.high);
        (at(value) - at(self.low)) / (at(self.high) - at(self.low))
    }

    /// Whether the axis shows `value`.
    pub(super) fn shows(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round values along the axis, about `wanted` of them, with their labels.
    pub(super) fn ticks(&self, wanted: f64) -> Vec<(f64, String)> {
        if self.logarithmic { self.log_ticks() } else { self.linear_ticks(wanted) }
    }

    fn linear_ticks(&self, wanted: f64) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / wanted;
        let unit = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0].into_iter().find(|it| it * unit >= rough).unwrap_or(10.0) * unit;
        let decimals = (-step.log10().floor()).max(0.0) as usize;
        // An end that is a tick up to rounding is one.
        let (first, last) = (self.low / step - 1e-9, self.high / step + 1e-9);
        let (first, last) = (first.ceil() as i64, last.floor() as i64);
        let label = |value: f64| {
            if (1e-5..1e6).contains(&step) {
                format!("{value:.decimals$}")
            } else {
                format!("{value:.1e}")
            }
        };
        (first..=last).map(|index| index as f64 * step).map(|it| (it, label(it))).collect()
    }

    /// Powers of ten; with 2 and 5 between them where they are few, and not each where
    /// they are many.
    fn log_ticks(&self) -> Vec<(f64, String)> {
        let (first, last) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let every = 1 + (last - first) / 8;
        let within: &[i32] = if last - first <= 3 { &[1, 2, 5] } else { &[1] };
        let powers = (first..=last).filter(|power| power.rem_euclid(every) == 0);
        let ticks = powers.flat_map(|power| within.iter().map(move |&digit| (digit, power)));
        let ticks =
            ticks.map(|(digit, power)| (f64::from(digit) * 10f64.powi(power), digit, power));
        ticks
            .filter(|&(value, ..)| self.shows(value))
            .map(|(value, digit, power)| (value, power_label(digit, power)))
            .collect()
    }
}

/// `digit` times ten to the `power`.
fn power_label(digit: i32, power: i32) -> String {
    match power {
        0..=4 => format!("{digit}{}", "0".repeat(power as usize)),
        -4..=-1 => format!("0.{}{digit}", "0".repeat((-power - 1) as usize)),
        _ => format!("{digit}e{power}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale) -> Vec<String> {
        scale.ticks(5.0).into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_within() {
        assert_eq!(labels(Scale::from_zero(6000.0)), ["0", "2000", "4000", "6000"]);
        assert_eq!(labels(Scale::linear(0.12, 0.98)), ["0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Scale::linear(0.5, 0.5)), ["0.40", "0.45", "0.50", "0.55", "0.60"]);
        let scale = Scale::linear(-3.0, 11.0);
        assert!(scale.ticks(5.0).iter().all(|(value, _)| scale.shows(*value)));
    }

    #[test]
    fn log_ticks_are_powers_of_ten_and_denser_on_a_short_axis() {
        let long = labels(Scale::logarithmic(2e-6, 0.9));
        assert_eq!(long, ["1e-5", "0.0001", "0.001", "0.01", "0.1", "1"]);
        let short = labels(Scale::logarithmic(0.012, 0.5));
        assert_eq!(short, ["0.02", "0.05", "0.1", "0.2", "0.5"]);
        assert!(labels(Scale::logarithmic(1e-30, 1e30)).len() < 12);
    }

    #[test]
    fn positions_run_from_low_to_high_and_stop_at_the_ends() {
        let scale = Scale::from_zero(10.0);
        let places = [-5.0, 0.0, 5.0, 10.0, 1e9].map(|it| scale.position(it)).to_vec();
        assert_eq!(places, vec![0.0, 0.0, 0.5, 1.0, 1.0]);
        let scale = Scale::logarithmic(0.01, 1.0);
        assert!((scale.position(0.1) - 0.5).abs() < 1e-12);
        assert!((scale.position(0.0)).abs() < 1e-12);
    }
}
