//! Statistics against `SciPy`, statsmodels, rliable and the statistics module of Python
//! (`goldens/make_goldens.py`).

use analysis::{
    Alternative, Rate, Sample, Spread, Summary, Watched, differences, holm, kaplan_meier,
    mean_ranks, median_time, pairs_to_decide, profile, sign_flip, signed_rank, stratified,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Goldens {
    summaries: Vec<Golden>,
    paired: Vec<PairedGolden>,
    sign_flips: Vec<SignFlipGolden>,
    holm: Vec<HolmGolden>,
    wilson: Vec<WilsonGolden>,
    survival: Vec<SurvivalGolden>,
    pairs_needed: Vec<PairsGolden>,
    signed_ranks: Vec<SignedRankGolden>,
    ranks: RanksGolden,
    over_tasks: OverTasksGolden,
}

#[derive(Deserialize)]
struct SignedRankGolden {
    values: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct RanksGolden {
    scores: Vec<Vec<f64>>,
    mean: Vec<f64>,
}

#[derive(Deserialize)]
struct OverTasksGolden {
    tasks: Vec<Vec<f64>>,
    interquartile_mean: f64,
    optimality_gap: f64,
    least: Vec<f64>,
    profile: Vec<f64>,
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
    interquartile_mean: f64,
}

#[derive(Deserialize)]
struct PairedGolden {
    left: Vec<f64>,
    right: Vec<f64>,
    mean: f64,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct SignFlipGolden {
    values: Vec<f64>,
    two_sided: f64,
    greater: f64,
    less: f64,
}

#[derive(Deserialize)]
struct HolmGolden {
    p: Vec<f64>,
    adjusted: Vec<f64>,
}

#[derive(Deserialize)]
struct WilsonGolden {
    hits: usize,
    of: usize,
    low: f64,
    high: f64,
}

#[derive(Deserialize)]
struct SurvivalGolden {
    times: Vec<f64>,
    happened: Vec<u8>,
    at: Vec<f64>,
    share: Vec<f64>,
    at_risk: Vec<usize>,
    median: f64,
}

#[derive(Deserialize)]
struct PairsGolden {
    effect: f64,
    alpha: f64,
    pairs: usize,
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
        let middle = sample.interquartile_mean().unwrap();
        assert_close(middle, golden.interquartile_mean, golden.interquartile_mean.abs());
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

#[test]
fn sign_flips_agree_with_scipy() {
    for golden in goldens().sign_flips {
        let sample = Sample::new(golden.values).unwrap();
        let p = |alternative| sign_flip(&sample, 0.0, alternative).unwrap().p;
        assert_close(p(Alternative::TwoSided), golden.two_sided, 1.0);
        assert_close(p(Alternative::Greater), golden.greater, 1.0);
        assert_close(p(Alternative::Less), golden.less, 1.0);
    }
}

#[test]
fn families_and_shares_agree_with_statsmodels() {
    for golden in goldens().holm {
        for (found, expected) in holm(&golden.p).into_iter().zip(golden.adjusted) {
            assert_close(found, expected, 1.0);
        }
    }
    for golden in goldens().wilson {
        let interval = Rate { hits: golden.hits, of: golden.of }.interval().unwrap();
        assert_close(interval.low, golden.low, 1.0);
        assert_close(interval.high, golden.high, 1.0);
    }
}

#[test]
fn survival_agrees_with_statsmodels() {
    let golden = goldens().survival.remove(0);
    let times: Vec<Watched> = golden
        .times
        .iter()
        .zip(&golden.happened)
        .map(|(&until, &happened)| Watched { until, happened: happened == 1 })
        .collect();
    let curve = kaplan_meier(&times);
    assert_eq!(curve.len(), golden.at.len());
    for (index, point) in curve.iter().enumerate() {
        assert_close(point.at, golden.at[index], 1.0);
        assert_close(point.share, golden.share[index], 1.0);
        assert_eq!(point.at_risk, golden.at_risk[index]);
    }
    assert_close(median_time(&curve).unwrap(), golden.median, 1.0);
}

#[test]
fn ranks_agree_with_scipy() {
    let Goldens { signed_ranks, ranks, .. } = goldens();
    assert_eq!(signed_ranks.len(), 5);
    for golden in signed_ranks {
        let found = signed_rank(&Sample::new(golden.values).unwrap()).unwrap();
        assert_close(found.p, golden.p, 1.0);
    }
    for (found, expected) in mean_ranks(&ranks.scores).into_iter().zip(ranks.mean) {
        assert_close(found, expected, 1.0);
    }
}

#[test]
fn scores_over_tasks_agree_with_rliable() {
    let golden = goldens().over_tasks;
    let tasks: Vec<Sample> = golden.tasks.into_iter().map(|it| Sample::new(it).unwrap()).collect();
    let (mean, _) = stratified(&tasks, Sample::interquartile_mean).unwrap();
    assert_close(mean, golden.interquartile_mean, 1.0);
    let (gap, _) = stratified(&tasks, Sample::optimality_gap).unwrap();
    assert_close(gap, golden.optimality_gap, 1.0);
    assert_eq!(golden.least.len(), golden.profile.len());
    for (least, share) in golden.least.into_iter().zip(golden.profile) {
        assert_close(profile(&tasks, least).unwrap(), share, 1.0);
    }
}

/// The estimate is of the t-test's power: statsmodels computes it, ours approximates it.
#[test]
fn the_pairs_that_decide_agree_with_statsmodels() {
    for golden in goldens().pairs_needed {
        let found = pairs_to_decide(golden.effect, golden.alpha).unwrap();
        assert!(found.abs_diff(golden.pairs) <= 1, "{found} is not {}", golden.pairs);
    }
}
