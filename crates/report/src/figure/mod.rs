//! Figures as SVG: what each shows is a file here that makes a [`Chart`]; how charts look is
//! `draw.rs`.
//!
//! Drawn here rather than by a plotting library: docs/design/why-our-own-figures.md.

mod chart;
mod cost;
mod draw;
mod factors;
mod forest;
mod gradients;
mod layout;
mod learning;
mod lengths;
mod palette;
mod profile;
mod ranks;
mod scale;
mod seeds;
mod survival;
mod tikz;
mod tuning;

pub(crate) use chart::Chart;
pub(crate) use cost::cost;
pub(crate) use draw::{inline, standalone};
pub(crate) use factors::{factors, importance, map};
pub(crate) use forest::forest;
pub(crate) use gradients::gradients;
pub(crate) use learning::{Along, learning};
pub(crate) use lengths::lengths;
pub(crate) use profile::profile;
pub(crate) use ranks::ranks;
pub(crate) use seeds::seeds;
pub(crate) use survival::survival;
pub(crate) use tikz::tikz;
pub(crate) use tuning::{best_of, sensitivity};

use crate::model::Report;
use crate::scores::TaskScores;

/// More arms than this are not told apart by their look; a figure then shows how they spread, and
/// the first, the best and the worst of them.
pub(crate) const MANY: usize = 12;

/// Arms that a figure with one row an arm shows; of more it shows the best and the worst.
pub(crate) const ROWS: usize = 24;

/// The arms that have a row, the best and the worst halves of [`ROWS`] where there are more, in the
/// plan's order.
pub(crate) fn rows(report: &Report, scores: &TaskScores) -> Vec<usize> {
    let all: Vec<usize> = (0..scores.arms.len()).collect();
    if all.len() <= ROWS {
        return all;
    }
    let ranked = ranked(report, scores);
    let half = ROWS / 2;
    let (best, worst) = (ranked.iter().take(half), ranked.iter().rev().take(half));
    let mut chosen: Vec<usize> = best.chain(worst).copied().collect();
    chosen.push(scores.arms.iter().position(|it| it.arm == report.baseline).unwrap_or(0));
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The arms that have a mean, best first.
pub(crate) fn ranked(report: &Report, scores: &TaskScores) -> Vec<usize> {
    let goal = report.plan.tasks[scores.task].metric.goal;
    let sign = if crate::runs::lower_is_better(goal) { 1.0 } else { -1.0 };
    let mean = |index: &usize| scores.arms[*index].primary.map(|it| sign * it.mean);
    let mut ranked: Vec<usize> = (0..scores.arms.len()).filter(|it| mean(it).is_some()).collect();
    ranked.sort_by(|a, b| mean(a).partial_cmp(&mean(b)).unwrap_or(std::cmp::Ordering::Equal));
    ranked
}

/// Of many arms those that have a look of their own: the baseline, the best and the worst; of few
/// all of them.
fn told_apart(report: &Report, scores: &TaskScores) -> Vec<usize> {
    if scores.arms.len() <= MANY {
        return (0..scores.arms.len()).collect();
    }
    let ranked = ranked(report, scores);
    let baseline = scores.arms.iter().position(|it| it.arm == report.baseline);
    let mut chosen: Vec<usize> =
        baseline.into_iter().chain(ranked.first().copied()).chain(ranked.last().copied()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}

/// The legend of the arms that are told apart: each looks by its place among them, which is its index
/// where all are.
fn legend(report: &Report, scores: &TaskScores, arms: &[usize]) -> Vec<(usize, String)> {
    let name = |index: usize| report.label_of(&scores.arms[index]);
    arms.iter().enumerate().map(|(look, &index)| (look, name(index))).collect()
}
