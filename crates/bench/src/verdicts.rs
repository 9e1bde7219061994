//! What the rows of the suite `layers` say together.

use crate::contest::Times;
use crate::measured::Measured;
use crate::{Cell, Pass, Shape};

/// Where the share of the machine's speed is asked for.
const SHARE_SHAPE: Shape = Shape::new(64, 50, 128, 256);

/// Geometric means for each pass and number of threads, scaling from 1 to 2 threads, and
/// the figures that the kernels are to reach, each with what was measured.
pub fn verdicts(rows: &[Measured]) -> Vec<String> {
    let mut threads: Vec<_> = rows.iter().map(|row| row.case.threads).collect();
    threads.sort_unstable();
    threads.dedup();
    let mut lines = Vec::new();
    for &threads in &threads {
        for pass in Pass::ALL {
            let here = |row: &&Measured| row.case.threads == threads && row.case.pass == pass;
            let rows: Vec<_> = rows.iter().filter(here).collect();
            if let Some(means) = means(&rows) {
                lines.push(format!("{}, threads {threads}: {means}", pass.name()));
            }
        }
    }
    for &threads in &threads {
        let rows: Vec<_> = rows.iter().filter(|row| row.case.threads == threads).collect();
        lines.extend(figures(&rows).into_iter().map(|line| format!("threads {threads}: {line}")));
    }
    if threads.len() > 1 {
        let both = rows.iter().filter(|row| row.case.pass == Pass::ForwardBackward);
        let ratios: Vec<f64> = both.filter_map(Measured::ratio).collect();
        let what = "all numbers of threads: forward+backward, geometric mean against it";
        lines.extend(geometric_mean(&ratios).map(|mean| at_most(what, mean, 0.5)));
    }
    lines.extend(scaling(rows));
    lines
}

/// Geometric means of our time over those of the others.
fn means(rows: &[&Measured]) -> Option<String> {
    let over = |name: &str, other: fn(&Measured) -> &Times| {
        let ratio = |row: &&Measured| Some(row.ours.median()? / other(row).median()?);
        let ratios: Vec<f64> = rows.iter().filter_map(ratio).collect();
        let mean = geometric_mean(&ratios)?;
        Some(format!("{mean:.2} of {name} ({})", ratios.len()))
    };
    let best: Vec<f64> = rows.iter().filter_map(|row| row.ratio()).collect();
    let best = geometric_mean(&best)
        .map(|mean| format!("{mean:.2} of the better of PyTorch and JAX ({})", best.len()));
    let all = [
        best,
        over("PyTorch", |row| &row.torch),
        over("JAX", |row| &row.jax),
        over("Burn", |row| &row.burn),
    ];
    let all: Vec<_> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("geometric mean of ours over (rows): {}", all.join(", ")))
}

/// The figures at one number of threads; those without a row are left out.
fn figures(rows: &[&Measured]) -> Vec<String> {
    let both: Vec<_> = rows.iter().filter(|row| row.case.pass == Pass::ForwardBackward).collect();
    let ratios: Vec<f64> = both.iter().filter_map(|row| row.ratio()).collect();
    let lstm = both
        .iter()
        .filter(|row| row.case.cell == Cell::Lstm && (64..=256).contains(&row.case.shape.hidden));
    let lstm: Vec<f64> = lstm.filter_map(|row| row.ratio()).collect();
    let share =
        both.iter().find(|row| row.case.cell == Cell::Lstm && row.case.shape == SHARE_SHAPE);
    let steps = rows.iter().filter(|row| row.case.pass == Pass::Step);
    let steps: Vec<f64> =
        steps.filter_map(|row| Some(row.ours.median()? / row.torch.median()?)).collect();
    let slowest = "forward+backward, the slowest row against the better peer";
    [
        largest(&ratios).map(|worst| at_most(slowest, worst, 1.0)),
        geometric_mean(&ratios)
            .map(|mean| at_most("forward+backward, geometric mean against it", mean, 0.5)),
        largest(&lstm).map(|worst| {
            at_most("forward+backward, the slowest LSTM of hidden 64 to 256", worst, 0.85)
        }),
        share.and_then(|row| row.share()).map(|share| {
            let what = "forward+backward, LSTM 64x50x128x256, share of the peak";
            at_least(what, share, 0.7)
        }),
        geometric_mean(&steps)
            .map(|mean| at_most("step, geometric mean against PyTorch", mean, 0.5)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Our time with one thread over that with two, in rows of batch 64 and above.
fn scaling(rows: &[Measured]) -> Vec<String> {
    let on = |threads, pass| {
        move |row: &&Measured| {
            row.case.threads == threads && row.case.pass == pass && row.case.shape.batch >= 64
        }
    };
    let line = |pass: Pass| {
        let gain = |one: &Measured| {
            let same = |two: &&Measured| {
                (two.case.cell, two.case.shape) == (one.case.cell, one.case.shape)
            };
            let two = rows.iter().filter(on(2, pass)).find(same)?;
            Some(one.ours.median()? / two.ours.median()?)
        };
        let gains: Vec<f64> = rows.iter().filter(on(1, pass)).filter_map(gain).collect();
        let least = gains.iter().copied().min_by(f64::total_cmp)?;
        let what = format!("{}, batch 64 and above, least gain from 1 to 2 threads", pass.name());
        Some(at_least(&what, least, 1.6))
    };
    Pass::ALL.into_iter().filter_map(line).collect()
}

pub(crate) fn at_most(what: &str, value: f64, limit: f64) -> String {
    format!("{what}: {value:.2}, asked at most {limit:.2}: {}", met(value <= limit))
}

pub(crate) fn at_least(what: &str, value: f64, limit: f64) -> String {
    format!("{what}: {value:.2}, asked at least {limit:.2}: {}", met(value >= limit))
}

fn met(met: bool) -> &'static str {
    if met { "met" } else { "NOT MET" }
}

/// `None` of nothing.
pub(crate) fn geometric_mean(ratios: &[f64]) -> Option<f64> {
    let sum: f64 = ratios.iter().map(|ratio| ratio.ln()).sum();
    (!ratios.is_empty()).then(|| (sum / ratios.len() as f64).exp())
}

pub(crate) fn largest(ratios: &[f64]) -> Option<f64> {
    ratios.iter().copied().max_by(f64::total_cmp)
}
