//! `runs.csv`, `arms.csv` and `parts.csv`. Unrounded. Every cell is from the crate `text`.

use std::collections::BTreeSet;

use analysis::{Median, Summary};
use store::{Outcome, ReadAt, Score};
use text::{csv, csv_count, csv_line, csv_number};

use crate::model::Report;
use crate::runs::Run;

/// One row per planned run.
pub(crate) fn runs(report: &Report) -> String {
    let metrics = metric_names(&report.runs);
    let mut headings: Vec<String> =
        ["arm", "task", "seed", "state", "outcome", "step_diverged"].map(str::to_owned).to_vec();
    for at in ["best", "final"] {
        headings.extend([format!("{at}_epoch"), format!("{at}_step")]);
        for split in ["validation", "test"] {
            headings.extend(metrics.iter().map(|metric| format!("{at}_{split}_{metric}")));
        }
    }
    let rest = [
        "parameters",
        "multiply_adds_a_step",
        "state",
        "steps",
        "train_seconds",
        "total_seconds",
        "identity",
        "folder",
        "reason",
    ];
    headings.extend(rest.map(str::to_owned));
    let headings = headings.iter().map(|heading| csv(heading)).collect();
    let rows = report.runs.iter().map(|run| row(report, run, &metrics));
    std::iter::once(headings).chain(rows).map(|cells: Vec<String>| csv_line(&cells)).collect()
}

/// One row per arm and task.
pub(crate) fn arms(report: &Report) -> String {
    let headings = [
        "task",
        "arm",
        "metric",
        "n",
        "diverged",
        "mean",
        "sd",
        "low",
        "high",
        "median_of_all",
        "difference",
        "difference_low",
        "difference_high",
        "pairs",
        "p",
        "p_holm",
        "d",
        "better_in",
        "solved",
        "solved_of",
        "steps_to_solve_median",
        "parameters",
        "state",
        "multiply_adds_a_step",
        "steps_per_second",
        "train_seconds",
    ];
    let mut out = csv_line(&headings.map(csv));
    let number = |value: Option<f64>| value.map(csv_number).unwrap_or_default();
    let size = |value: Option<u64>| value.map(csv_count).unwrap_or_default();
    for scores in &report.tasks {
        let task = &report.plan.tasks[scores.task];
        for arm in &scores.arms {
            let interval = |it: Option<Summary>| it.and_then(|it| it.spread).map(|it| it.interval);
            let (own, versus) = (interval(arm.primary), arm.versus.as_ref());
            let difference = arm.difference();
            let theirs = interval(difference);
            let median = match arm.median {
                Some(Median::Score(score)) => csv_number(score),
                Some(Median::Lost) => csv("diverged"),
                None => String::new(),
            };
            let sizes = report.plan.conditions[arm.condition].sizes;
            let solved = arm.solved();
            out.push_str(&csv_line(&[
                csv(&task.label),
                csv(&report.plan.arms[arm.arm].name),
                csv(&task.metric.name),
                csv_count(arm.counts.finished as u64),
                csv_count(arm.counts.diverged as u64),
                number(arm.primary.map(|it| it.mean)),
                number(arm.primary.and_then(|it| it.spread).map(|it| it.sd)),
                number(own.map(|it| it.low)),
                number(own.map(|it| it.high)),
                median,
                number(difference.map(|it| it.mean)),
                number(theirs.map(|it| it.low)),
                number(theirs.map(|it| it.high)),
                size(versus.map(|it| it.pairs() as u64)),
                number(versus.and_then(|it| it.p).map(|it| it.p)),
                number(versus.and_then(|it| it.adjusted)),
                number(versus.and_then(|it| it.standardised)),
                number(versus.and_then(|it| it.better)),
                size(solved.map(|it| it.hits as u64)),
                size(solved.map(|it| it.of as u64)),
                number(arm.solving.as_ref().and_then(|it| it.median)),
                csv_count(arm.parameters),
                size(sizes.and_then(|it| it.state)),
                size(sizes.map(|it| it.multiply_adds)),
                number(arm.steps_per_second),
                number(arm.train_seconds),
            ]));
        }
    }
    out
}

/// One row per run, weights, held-out part beside validation and test, and metric; `None`
/// where no task has such parts.
pub(crate) fn parts(report: &Report) -> Option<String> {
    if report.plan.tasks.iter().all(|task| task.parts.is_empty()) {
        return None;
    }
    let headings = ["arm", "task", "seed", "weights", "part", "length", "metric", "value"];
    let mut out = csv_line(&headings.map(csv));
    for run in &report.runs {
        let task = &report.plan.tasks[run.task];
        let Some(result) = run.state.result() else { continue };
        for (weights, at) in [("best", ReadAt::Best), ("final", ReadAt::Final)] {
            let Some(score) = result.score(at) else { continue };
            for part in &task.parts {
                for (metric, &value) in score.parts.get(&part.name).into_iter().flatten() {
                    out.push_str(&csv_line(&[
                        csv(&report.plan.arms[run.arm].name),
                        csv(&task.label),
                        csv_count(run.seed),
                        csv(weights),
                        csv(&part.name),
                        part.length.map(|length| csv_count(length as u64)).unwrap_or_default(),
                        csv(metric),
                        csv_number(value),
                    ]));
                }
            }
        }
    }
    Some(out)
}

fn row(report: &Report, run: &Run, metrics: &BTreeSet<&str>) -> Vec<String> {
    let condition = &report.plan.conditions[run.condition];
    let result = run.state.result();
    let (outcome, diverged) = match result.map(|result| result.outcome) {
        None => ("", String::new()),
        Some(Outcome::Completed) => ("completed", String::new()),
        Some(Outcome::Diverged { step }) => ("diverged", csv_count(step)),
        Some(Outcome::StoppedEarly { .. }) => ("stopped early", String::new()),
        Some(Outcome::StoppedAtRung { .. }) => ("stopped at a rung", String::new()),
    };
    let mut cells = vec![
        csv(&report.plan.arms[run.arm].name),
        csv(&report.plan.tasks[run.task].label),
        csv_count(run.seed),
        csv(run.state.word()),
        csv(outcome),
        diverged,
    ];
    for score in [result.and_then(|it| it.best.as_ref()), result.and_then(|it| it.last.as_ref())] {
        cells.extend(scores(score, metrics));
    }
    let number = |value: Option<f64>| value.map(csv_number).unwrap_or_default();
    cells.extend([
        csv_count(condition.parameters),
        condition.sizes.map(|it| csv_count(it.multiply_adds)).unwrap_or_default(),
        condition.sizes.and_then(|it| it.state).map(csv_count).unwrap_or_default(),
        result.map(|it| csv_count(it.steps)).unwrap_or_default(),
        number(result.map(|it| it.train_seconds)),
        number(result.map(|it| it.total_seconds)),
        csv(&condition.identity),
        csv(&run.folder),
        csv(&run.state.reason().unwrap_or_default()),
    ]);
    cells
}

fn scores(score: Option<&Score>, metrics: &BTreeSet<&str>) -> Vec<String> {
    let Some(score) = score else { return vec![String::new(); 2 + 2 * metrics.len()] };
    let mut cells = vec![csv_count(score.epoch), csv_count(score.step)];
    for split in [&score.validation, &score.test] {
        let value = |metric: &&str| split.get(*metric).copied().map(csv_number).unwrap_or_default();
        cells.extend(metrics.iter().map(value));
    }
    cells
}

fn metric_names(runs: &[Run]) -> BTreeSet<&str> {
    let results = runs.iter().filter_map(|run| run.state.result());
    let scores = results.flat_map(|result| result.best.iter().chain(&result.last));
    let names = scores.flat_map(|score| score.validation.keys().chain(score.test.keys()));
    names.map(String::as_str).collect()
}
