//! How often each test and interval errs, by simulation: at most 6 % of the time at the 5 % level,
//! under no effect, for normal, heavy-tailed, two-valued and tied differences and from 3 to 30
//! pairs. The seed of a simulation is fixed, so that the figures are always the same.

use std::collections::BTreeMap;

use analysis::{
    Alternative, FEWEST, Rate, Sample, anytime, anytime_equivalence, equivalence, holm,
    median_interval, sign_flip, signed_rank, stratified,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

const TIMES: usize = 2500;
const SIZES: [usize; 5] = [3, 6, 8, 15, 30];
const ALLOWED: f64 = 0.06;

/// Draws that lie symmetrically about 0.
struct Draw(ChaCha8Rng);

impl Draw {
    fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// In (0, 1).
    fn unit(&mut self) -> f64 {
        ((self.0.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Student's t with two degrees of freedom, which has no variance.
    fn heavy(&mut self) -> f64 {
        let u = self.unit();
        (2.0 * u - 1.0) / (2.0 * u * (1.0 - u)).sqrt()
    }

    fn two_valued(&mut self) -> f64 {
        if self.unit() < 0.5 { -1.0 } else { 1.0 }
    }

    /// Rounded, so that there are ties and zeros.
    fn tied(&mut self) -> f64 {
        self.normal().round()
    }
}

type Kind = (&'static str, fn(&mut Draw) -> f64);

const KINDS: [Kind; 4] = [
    ("normal", Draw::normal),
    ("heavy", Draw::heavy),
    ("two-valued", Draw::two_valued),
    ("tied", Draw::tied),
];

/// The share of simulations in which `errs`, for each size and kind.
fn rates(errs: impl Fn(&[f64]) -> bool) -> BTreeMap<(usize, &'static str), f64> {
    let mut rates = BTreeMap::new();
    for (kind, draw) in KINDS {
        // Thirty pairs take most of the time, and one kind stands for them.
        for n in SIZES.into_iter().filter(|&n| n < 30 || kind == "normal") {
            let mut source = Draw::new(n as u64);
            let mut values = || (0..n).map(|_| draw(&mut source)).collect::<Vec<f64>>();
            let hits = (0..TIMES).filter(|_| errs(&values())).count();
            rates.insert((n, kind), hits as f64 / TIMES as f64);
        }
    }
    rates
}

#[track_caller]
fn assert_rare(rates: &BTreeMap<(usize, &str), f64>) {
    assert!(rates.values().all(|&rate| rate <= ALLOWED), "{rates:?}");
}

fn sample(values: &[f64]) -> Sample {
    Sample::new(values.iter().copied()).unwrap()
}

#[test]
fn the_sign_flip_test_errs_as_often_as_it_says() {
    for alternative in [Alternative::TwoSided, Alternative::Greater] {
        let found = rates(|it| sign_flip(&sample(it), 0.0, alternative).unwrap().p <= 0.05);
        assert_rare(&found);
        // It uses what it may: with 15 pairs nearly all of the 5 %.
        assert!(found[&(15, "normal")] > 0.04, "{found:?}");
        assert!(alternative != Alternative::TwoSided || found[&(3, "normal")] == 0.0);
    }
}

#[test]
fn the_signed_rank_test_errs_as_often_as_it_says() {
    let found = rates(|it| signed_rank(&sample(it)).is_some_and(|it| it.p <= 0.05));
    assert_rare(&found);
    assert!(found[&(15, "heavy")] > 0.04, "{found:?}");
}

#[test]
fn equivalence_is_not_found_at_the_margin() {
    // A true difference of exactly the margin counts as none.
    assert_rare(&rates(|it| {
        let moved: Vec<f64> = it.iter().map(|it| it + 1.0).collect();
        equivalence(&sample(&moved), 1.0).unwrap().p <= 0.05
    }));
}

#[test]
fn looking_after_every_pair_errs_no_more_often() {
    for alternative in [Alternative::TwoSided, Alternative::Greater] {
        // The p-value is that of the best look of all.
        assert_rare(&rates(|it| anytime(it, 0.0, alternative).p <= 0.05));
    }
    assert_rare(&rates(|it| {
        let moved: Vec<f64> = it.iter().map(|it| it + 1.0).collect();
        anytime_equivalence(&moved, 1.0).p <= 0.05
    }));
    // The test that may not be looked at, looked at after every pair, errs far more often.
    let mut draw = Draw::new(3);
    let mut is_found_once = || {
        let values: Vec<f64> = (0..20).map(|_| draw.normal()).collect();
        let p = |n: usize| sign_flip(&sample(&values[..n]), 0.0, Alternative::TwoSided).unwrap().p;
        (6..=20).any(|n| p(n) <= 0.05)
    };
    let looked = (0..500).filter(|_| is_found_once()).count();
    assert!(looked > 60, "{looked} of 500");
}

#[test]
fn effects_are_found_while_looking() {
    // Pairs until decided, median, for effects of two and of one standard deviation.
    for (effect, most) in [(2.0, 12), (1.0, 20)] {
        let mut draw = Draw::new(7);
        let mut needed: Vec<usize> = (0..400)
            .map(|_| {
                let values: Vec<f64> = (0..60).map(|_| effect + draw.normal()).collect();
                let decided =
                    |n: &usize| anytime(&values[..*n], 0.0, Alternative::TwoSided).p <= 0.05;
                (1..=60).find(decided).unwrap_or(61)
            })
            .collect();
        needed.sort_unstable();
        assert!(needed[200] <= most, "{effect}: {}", needed[200]);
    }
}

#[test]
fn a_family_errs_no_more_often_than_one_test() {
    // Five arms against one baseline: the comparisons share it.
    for (kind, draw) in KINDS {
        let mut source = Draw::new(5);
        let mut family = || {
            let baseline: Vec<f64> = (0..12).map(|_| draw(&mut source)).collect();
            let arm = |_| {
                let differences = baseline.iter().map(|it| draw(&mut source) - it);
                sign_flip(&Sample::new(differences).unwrap(), 0.0, Alternative::TwoSided).unwrap().p
            };
            holm(&(0..5).map(arm).collect::<Vec<_>>()).iter().any(|&p| p <= 0.05)
        };
        let rate = (0..TIMES).filter(|_| family()).count() as f64 / TIMES as f64;
        assert!(rate <= ALLOWED, "{kind}: {rate}");
    }
}

#[test]
fn intervals_hold_what_they_say() {
    // Student's interval of a mean: of differences that are symmetric about it.
    let missed = rates(|it| !sample(it).summary().unwrap().spread.unwrap().interval.contains(0.0));
    for ((n, kind), rate) in &missed {
        // Few draws of two values may all be the same, and then there is no spread to be seen.
        let is_coarse = matches!(*kind, "two-valued" | "tied") && *n <= 8;
        assert!(*rate <= ALLOWED || is_coarse, "{n} {kind}: {rate} {missed:?}");
    }
    // The median time by ranks, of a skew distribution, some of it never.
    for n in [6_usize, 9, 15, 30] {
        let mut draw = Draw::new(n as u64);
        let mut misses = || {
            let times: Vec<f64> = (0..n).map(|_| draw.normal().exp()).collect();
            let seen: Vec<f64> = times.iter().copied().filter(|&it| it < 2.0).collect();
            let never = n - seen.len();
            let Some((low, high)) = median_interval(&sample(&seen), never) else { return false };
            low > 1.0 || high.is_some_and(|high| high < 1.0)
        };
        let rate = (0..TIMES).filter(|_| misses()).count() as f64 / TIMES as f64;
        assert!(rate <= ALLOWED, "{n}: {rate}");
    }
}

/// The bootstrap over tasks, with as few scores as it is used with.
#[test]
fn the_interval_over_tasks_holds() {
    let mut draw = Draw::new(11);
    let mut tasks = || {
        [-1.0, 0.0, 1.0].map(|shift| {
            let scores = (0..FEWEST).map(|_| shift + 0.5 * draw.normal());
            Sample::new(scores.collect::<Vec<f64>>()).unwrap()
        })
    };
    // The mean of the middle half of three shifted normals, pooled, is their middle by symmetry.
    let mut misses = || {
        let found = stratified(&tasks(), Sample::interquartile_mean);
        !found.unwrap().1.unwrap().contains(0.0)
    };
    let rate = (0..TIMES).filter(|_| misses()).count() as f64 / TIMES as f64;
    assert!(rate <= ALLOWED, "{rate}");
    // E[1 − min(x, 1)] of a normal x about m with deviation s is s·φ(z) + (1 − m)·Φ(z), z = (1 − m) / s.
    let (phi, up_to): (fn(f64) -> f64, [f64; 3]) =
        (|z| (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt(), [4.0, 2.0, 0.0]);
    let below = [0.999_968_328_758_166_9, 0.977_249_868_051_820_8, 0.5];
    let gap: f64 =
        up_to.iter().zip(below).map(|(&z, below)| 0.5 * phi(z) + 0.5 * z * below).sum::<f64>()
            / 3.0;
    let mut misses = || {
        let found = stratified(&tasks(), Sample::optimality_gap);
        !found.unwrap().1.unwrap().contains(gap)
    };
    let rate = (0..TIMES).filter(|_| misses()).count() as f64 / TIMES as f64;
    assert!(rate <= ALLOWED, "{rate}");
}

/// Wilson's interval errs around 5 % on average over shares, and near 0 and 1 more often.
#[test]
fn the_interval_of_a_share_holds_on_average() {
    for n in SIZES {
        let mut draw = Draw::new(n as u64);
        let mut misses = || {
            let share = draw.unit();
            let rate = Rate::of((0..n).map(|_| draw.unit() < share));
            !rate.interval().unwrap().contains(share)
        };
        let rate = (0..TIMES).filter(|_| misses()).count() as f64 / TIMES as f64;
        assert!(rate <= ALLOWED, "{n}: {rate}");
    }
}
