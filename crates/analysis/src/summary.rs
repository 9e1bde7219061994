//! Mean, standard deviation and 95 % t-interval.

use std::sync::OnceLock;

use statrs::distribution::{ContinuousCDF, StudentsT};

use crate::Sample;

/// What replicate values say together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of values, at least 1.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// How far they spread; `None` for one value, which says nothing about it.
    pub spread: Option<Spread>,
}

/// How far replicate values spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Sample standard deviation (divisor n - 1).
    pub sd: f64,
    /// 95 % t-interval of the mean.
    pub interval: Interval,
}

/// A two-sided interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Half of its width.
    pub fn half_width(&self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Whether `value` lies within, ends included.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

impl Sample {
    /// Mean, spread and range of the values; `None` without values.
    ///
    /// The interval is `mean ± t(0.975, n - 1) · sd / √n`: it assumes independent values
    /// from a normal distribution.
    pub fn summary(&self) -> Option<Summary> {
        let values = self.values();
        let (&min, &max) = (values.first()?, values.last()?);
        let n = values.len();
        // Rounding may carry the mean of equal values past them.
        let mean = (values.iter().sum::<f64>() / n as f64).clamp(min, max);
        let spread = (n > 1).then(|| {
            let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
            let sd = (squares / (n - 1) as f64).sqrt();
            let half = t_quantile(n - 1) * sd / (n as f64).sqrt();
            Spread { sd, interval: Interval { low: mean - half, high: mean + half } }
        });
        Some(Summary { n, mean, min, max, spread })
    }
}

/// The 97.5 % quantile of Student's t with `freedom` (at least 1) degrees of freedom. It takes
/// microseconds to find, and a learning curve asks for the same one at every point: the first are
/// remembered.
pub(crate) fn t_quantile(freedom: usize) -> f64 {
    static FOUND: [OnceLock<f64>; 128] = [const { OnceLock::new() }; 128];
    FOUND
        .get(freedom)
        .map_or_else(|| find_t_quantile(freedom), |it| *it.get_or_init(|| find_t_quantile(freedom)))
}

fn find_t_quantile(freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64)
        .expect("at least one degree of freedom")
        .inverse_cdf(0.975)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(values: &[f64]) -> Option<Summary> {
        Sample::new(values.iter().copied()).unwrap().summary()
    }

    #[test]
    fn nothing_is_said_of_no_value_and_no_spread_of_one() {
        assert_eq!(summary(&[]), None);
        let one = Summary { n: 1, mean: 2.5, min: 2.5, max: 2.5, spread: None };
        assert_eq!(summary(&[2.5]), Some(one));
    }

    #[test]
    fn a_case_by_hand() {
        // Mean 3, deviations -2, 0, 2, variance 8 / 2; t(0.975, 2) = 4.302653 by table.
        let Summary { n, mean, min, max, spread } = summary(&[5.0, 1.0, 3.0]).unwrap();
        let Spread { sd, interval } = spread.unwrap();
        assert_eq!((n, mean, min, max, sd), (3, 3.0, 1.0, 5.0, 2.0));
        let half = 4.302_653 * 2.0 / 3f64.sqrt();
        assert!((interval.half_width() - half).abs() < 1e-6, "{interval:?}");
        assert!(interval.contains(3.0) && !interval.contains(8.0));
    }

    #[test]
    fn equal_values_have_no_spread() {
        let Summary { mean, spread, .. } = summary(&[0.1, 0.1, 0.1]).unwrap();
        let interval = Interval { low: 0.1, high: 0.1 };
        assert_eq!((mean, spread), (0.1, Some(Spread { sd: 0.0, interval })));
    }
}
