//! Summaries against `SciPy` and the statistics module of Python (`goldens/make_goldens.py`).

use analysis::{Sample, Spread, Summary, differences};
use serde::Deserialize;

#[derive(Deserialize)]
struct Goldens {
    summaries: Vec<Golden>,
    paired: Vec<PairedGolden>,
}

#[derive(Deserialize)]
struct Golden {
    values: Vec<f64>,
    n: usize,
    mean: f64,
    sd: f64,
    low: f64,
    high: f64,
    median: f64,
}

#[derive(Deserialize)]
struct PairedGolden {
    left: Vec<f64>,
    right: Vec<f64>,
    mean: f64,
    low: f64,
    high: f64,
}

fn goldens() -> Goldens {
    serde_json::from_str(include_str!("goldens/goldens.json")).unwrap()
}

/// `found` is `expected` to ten digits of `scale`.
#[track_caller]
fn assert_close(found: f64, expected: f64, scale: f64) {
    assert!((found - expected).abs() <= 1e-10 * scale, "{found} is not {expected}");
}

fn spread(summary: &Summary) -> Spread {
    summary.spread.expect("every golden has at least two values")
}

#[test]
fn summaries_agree_with_scipy() {
    let goldens = goldens().summaries;
    assert_eq!(goldens.len(), 7);
    for golden in goldens {
        let sample = Sample::new(golden.values).unwrap();
        let summary = sample.summary().unwrap();
        let Spread { sd, interval } = spread(&summary);
        assert_eq!(summary.n, golden.n);
        assert_close(summary.mean, golden.mean, golden.mean.abs());
        assert_close(sd, golden.sd, golden.sd);
        // Where the mean is far from zero its own rounding limits the ends.
        let scale = golden.high - golden.low + 1e-5 * golden.mean.abs();
        assert_close(interval.low, golden.low, scale);
        assert_close(interval.high, golden.high, scale);
        assert_close(sample.median().unwrap(), golden.median, golden.median.abs());
    }
}

#[test]
fn paired_intervals_agree_with_scipy() {
    let goldens = goldens().paired;
    assert_eq!(goldens.len(), 4);
    for golden in goldens {
        let by_seed = |values: Vec<f64>| (0..).zip(values).collect();
        let sample = differences(&by_seed(golden.left), &by_seed(golden.right)).unwrap();
        let summary = sample.summary().unwrap();
        let interval = spread(&summary).interval;
        let scale = golden.high - golden.low;
        assert_close(summary.mean, golden.mean, scale);
        assert_close(interval.low, golden.low, scale);
        assert_close(interval.high, golden.high, scale);
    }
}
