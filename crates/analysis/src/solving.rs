//! Which runs solved a task, and when.

use statrs::distribution::{Binomial, DiscreteCDF};

use crate::{Interval, Rate, Sample};

/// The 97.5 % quantile of the standard normal distribution.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

impl Rate {
    /// 95 % interval of the share (Wilson 1927); `None` of nothing.
    pub fn interval(&self) -> Option<Interval> {
        let n = self.of as f64;
        let share = self.share()?;
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        // All or none end exactly where shares end.
        let low = if self.hits == 0 { 0.0 } else { (middle - half).max(0.0) };
        let high = if self.hits == self.of { 1.0 } else { (middle + half).min(1.0) };
        Some(Interval { low, high })
    }
}

/// Until when a run was watched.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// When it happened, or when watching ended.
    pub until: f64,
    /// Whether it happened.
    pub happened: bool,
}

/// A point of a survival curve: from here on, `share` had not had it happen yet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurvivalPoint {
    /// When.
    pub at: f64,
    /// Share to which it had not happened by then.
    pub share: f64,
    /// How many were watched until then.
    pub at_risk: usize,
}

/// The survival curve of Kaplan and Meier (1958), one point for each time at which something
/// happened, ascending. It assumes that watching ended for reasons that say nothing of when
/// the rest would have happened. `times` are finite.
pub fn kaplan_meier(times: &[Watched]) -> Vec<SurvivalPoint> {
    let mut sorted: Vec<Watched> = times.to_vec();
    sorted.sort_by(|a, b| a.until.total_cmp(&b.until));
    let mut share = 1.0;
    let mut at_risk = sorted.len();
    let mut points = Vec::new();
    for same in sorted.chunk_by(|a, b| a.until.total_cmp(&b.until).is_eq()) {
        let happened = same.iter().filter(|it| it.happened).count();
        if happened > 0 {
            share *= (at_risk - happened) as f64 / at_risk as f64;
            points.push(SurvivalPoint { at: same[0].until, share, at_risk });
        }
        at_risk -= same.len();
    }
    points
}

/// The median time of a survival curve: the first at which the share is at most one half;
/// `None` where it stays above.
pub fn median_time(curve: &[SurvivalPoint]) -> Option<f64> {
    curve.iter().find(|point| point.share <= 0.5 + 1e-12).map(|point| point.at)
}

/// An interval of at least 95 % for the median time, from the ranks alone (the sign test turned
/// round), where `never` further runs come after every time of `times`. Its upper end is `None`
/// where that lies among them. `None` of fewer than six runs, whose ranks bear no such interval.
pub fn median_interval(times: &Sample, never: usize) -> Option<(f64, Option<f64>)> {
    let n = times.values().len() + never;
    let halves = Binomial::new(0.5, n as u64).ok()?;
    // The largest number of ranks that can be cut from either end.
    let cut = (0..n / 2).take_while(|&below| halves.cdf(below as u64) <= 0.025).count();
    let cut = cut.checked_sub(1)?;
    let at = |rank: usize| times.values().get(rank).copied();
    Some((at(cut)?, at(n - 1 - cut)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(times: &[(f64, bool)]) -> Vec<Watched> {
        times.iter().map(|&(until, happened)| Watched { until, happened }).collect()
    }

    #[test]
    fn a_survival_curve_by_hand() {
        let curve = kaplan_meier(&watched(&[
            (3.0, true),
            (1.0, true),
            (2.0, false),
            (3.0, false),
            (4.0, true),
        ]));
        // 4/5, then 2 of 3 that were still watched, then none.
        let found: Vec<_> = curve.iter().map(|it| (it.at, it.at_risk)).collect();
        assert_eq!(found, [(1.0, 5), (3.0, 3), (4.0, 1)]);
        let shares = [0.8, 0.8 * 2.0 / 3.0, 0.0];
        assert!(curve.iter().zip(shares).all(|(it, share)| (it.share - share).abs() < 1e-15));
        assert_eq!(median_time(&curve), Some(4.0));
        assert_eq!(median_time(&kaplan_meier(&watched(&[(1.0, false)]))), None);
        assert_eq!(median_time(&kaplan_meier(&watched(&[(1.0, true), (2.0, false)]))), Some(1.0));
    }

    #[test]
    fn six_ranks_bear_an_interval_and_five_do_not() {
        let sample = |n: u32| Sample::new((1..=n).map(f64::from)).unwrap();
        assert_eq!(median_interval(&sample(5), 0), None);
        assert_eq!(median_interval(&sample(6), 0), Some((1.0, Some(6.0))));
        assert_eq!(median_interval(&sample(5), 1), Some((1.0, None)));
        assert_eq!(median_interval(&sample(9), 0), Some((2.0, Some(8.0))));
        assert_eq!(median_interval(&sample(0), 9), None);
    }

    #[test]
    fn all_and_none_end_where_shares_end() {
        assert_eq!(Rate { hits: 0, of: 0 }.interval(), None);
        let none = Rate { hits: 0, of: 10 }.interval().unwrap();
        assert!(none.low == 0.0 && (none.high - 0.277_532_8).abs() < 1e-6, "{none:?}");
        let all = Rate { hits: 3, of: 3 }.interval().unwrap();
        assert!(all.high >= 1.0 && all.low > 0.43 && all.low < 0.44, "{all:?}");
    }
}
