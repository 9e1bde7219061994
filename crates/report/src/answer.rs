//! The answer in sentences, one a task.

use analysis::PAIRS_NEEDED;
use store::PlannedTask;
use text::counted;

use crate::comparison::{Comparison, Finding};
use crate::format::{NONE, between, p_value, shortened};
use crate::model::Report;
use crate::scores::{ArmScores, TaskScores};
use crate::words::metric_name;

/// Arms that a sentence names before it counts the rest.
const NAMED: usize = 3;

/// What the sweep says, one sentence for each task: which arms are better and which worse than
/// the baseline, by how much, how sure, and of which it cannot tell.
pub(crate) fn sentences(report: &Report) -> Vec<String> {
    report.tasks.iter().map(|scores| sentence(report, scores)).collect()
}

fn sentence(report: &Report, scores: &TaskScores) -> String {
    let task = &report.plan.tasks[scores.task];
    let (metric, baseline) = (metric_name(task), &report.plan.baseline);
    let on = format!("On {} ({metric})", task.label);
    if scores.arms.iter().all(|arm| arm.counts.finished == 0) {
        return format!("{on} no run has a score yet.");
    }
    let others: Vec<(&ArmScores, &Comparison)> =
        scores.arms.iter().filter_map(|arm| Some((arm, arm.versus.as_ref()?))).collect();
    if others.is_empty() {
        return format!("{on} there is one arm, {baseline}, and nothing to compare it with.");
    }
    let of = |finding| -> Vec<_> {
        let is_it = |it: &&(&ArmScores, &Comparison)| it.1.finding(task.metric.goal) == finding;
        others.iter().filter(is_it).copied().collect()
    };
    let (mut better, mut worse) = (of(Finding::Better), of(Finding::Worse));
    let size = |it: &(&ArmScores, &Comparison)| it.1.difference.map_or(0.0, |it| it.mean.abs());
    better.sort_by(|a, b| size(b).total_cmp(&size(a)));
    worse.sort_by(|a, b| size(b).total_cmp(&size(a)));
    let mut parts = Vec::new();
    if !better.is_empty() {
        parts.push(match &better[..] {
            [one] => format!("{} beats {baseline} {}", report.name_of(one.0), by(one.1)),
            _ => format!(
                "{} beat {baseline}: {}",
                counted(better.len(), "arm"),
                named(report, &better)
            ),
        });
    }
    if !worse.is_empty() {
        parts.push(match &worse[..] {
            [one] => format!("{} is worse than {baseline} {}", report.name_of(one.0), by(one.1)),
            _ => format!("{} are worse: {}", counted(worse.len(), "arm"), named(report, &worse)),
        });
    }
    let open: Vec<&str> = of(Finding::Open).iter().map(|it| report.name_of(it.0)).collect();
    if parts.is_empty() {
        let what = match open[..] {
            [one] => format!("{one} from {baseline}"),
            _ => format!("any of {} from {baseline}", counted(open.len(), "arm")),
        };
        return format!("{on} this sweep cannot tell {what}{}.", largest(report, task, &others));
    }
    if !open.is_empty() {
        parts.push(format!("of {} this sweep cannot tell", shortened(&open, NAMED)));
    }
    format!("{on} {}.", parts.join("; "))
}

/// The names, the first few with their numbers.
fn named(report: &Report, arms: &[(&ArmScores, &Comparison)]) -> String {
    let one = |it: &(&ArmScores, &Comparison)| format!("{} {}", report.name_of(it.0), by(it.1));
    shortened(&arms.iter().map(one).collect::<Vec<_>>(), NAMED)
}

/// `by 0.0041 (95 % 0.0030 to 0.0052, p = 0.031)`.
fn by(comparison: &Comparison) -> String {
    let (amount, interval) = by_how_much(comparison);
    let p = match comparison.pairs() {
        // The test could not find the largest of differences.
        1 => Some("one pair is too few to test".into()),
        few @ ..PAIRS_NEEDED => Some(format!("{few} pairs are too few to test")),
        _ => comparison.adjusted.map(p_value),
    };
    let sure: Vec<String> = interval.into_iter().chain(p).chain(missing(comparison)).collect();
    let sure = if sure.is_empty() { String::new() } else { format!(" ({})", sure.join(", ")) };
    format!("by {amount}{sure}")
}

/// Where some pairs are missing, that is part of the answer.
fn missing(comparison: &Comparison) -> Option<String> {
    let (pairs, missing) = (comparison.pairs(), comparison.incomplete);
    (missing > 0 && pairs >= PAIRS_NEEDED).then(|| format!("{pairs} of {} pairs", pairs + missing))
}

/// `0.0041` without its sign, and `95 % 0.0030 to 0.0052`.
fn by_how_much(comparison: &Comparison) -> (String, Option<String>) {
    let Some(difference) = comparison.difference else { return (NONE.into(), None) };
    let is_negative = difference.mean < 0.0;
    let interval = difference.spread.map(|it| it.interval);
    let ends = interval.map(|it| if is_negative { [-it.high, -it.low] } else { [it.low, it.high] });
    between(difference.mean.abs(), ends)
}

/// The largest difference there is, for a sweep that cannot tell.
fn largest(report: &Report, task: &PlannedTask, others: &[(&ArmScores, &Comparison)]) -> String {
    let size = |it: &&(&ArmScores, &Comparison)| it.1.difference.map_or(0.0, |it| it.mean.abs());
    let most = others.iter().filter(|it| it.1.difference.is_some());
    let Some(most) = most.max_by(|a, b| size(a).total_cmp(&size(b))) else {
        return String::new();
    };
    let Some(difference) = most.1.difference else { return String::new() };
    let way = if task.metric.goal.better(difference.mean, 0.0) { "better" } else { "worse" };
    let by = by(most.1);
    match others.len() {
        1 => format!("; it is {way} {by}"),
        _ => format!("; the largest difference is {}: {way} {by}", report.name_of(most.0)),
    }
}
