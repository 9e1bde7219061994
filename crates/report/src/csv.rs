//! `runs.csv` and the data beside each figure. Unrounded.

use std::collections::BTreeSet;

use store::{Outcome, Score};

use crate::figure::CurveFigure;
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
    let rest =
        ["parameters", "steps", "train_seconds", "total_seconds", "identity", "folder", "reason"];
    headings.extend(rest.map(str::to_owned));
    let rows = report.runs.iter().map(|run| row(report, run, &metrics));
    std::iter::once(headings).chain(rows).map(|cells| line(&cells)).collect()
}

/// Every point of every run in a figure.
pub(crate) fn curves(figure: &CurveFigure) -> String {
    let headings = ["arm", "seed", "state", "step", &format!("validation_{}", figure.metric)];
    let mut out = line(&headings.map(str::to_owned));
    for arm in &figure.lines {
        for run in &arm.runs {
            for (step, value) in &run.points {
                let state = run.state.to_owned();
                let cells = [
                    arm.arm.clone(),
                    run.seed.to_string(),
                    state,
                    step.to_string(),
                    value.to_string(),
                ];
                out.push_str(&line(&cells));
            }
        }
    }
    out
}

fn row(report: &Report, run: &Run, metrics: &BTreeSet<&str>) -> Vec<String> {
    let condition = &report.plan.conditions[run.condition];
    let result = run.state.result();
    let (outcome, diverged) = match result.map(|result| result.outcome) {
        None => (String::new(), String::new()),
        Some(Outcome::Completed) => ("completed".into(), String::new()),
        Some(Outcome::Diverged { step }) => ("diverged".into(), step.to_string()),
        Some(Outcome::StoppedEarly { .. }) => ("stopped early".into(), String::new()),
        Some(Outcome::StoppedAtRung { .. }) => ("stopped at a rung".into(), String::new()),
    };
    let mut cells = vec![
        report.plan.arms[run.arm].name.clone(),
        report.plan.tasks[run.task].label.clone(),
        run.seed.to_string(),
        run.state.word().into(),
        outcome,
        diverged,
    ];
    for score in [result.and_then(|it| it.best.as_ref()), result.and_then(|it| it.last.as_ref())] {
        cells.extend(scores(score, metrics));
    }
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    cells.extend([
        condition.parameters.to_string(),
        result.map(|it| it.steps.to_string()).unwrap_or_default(),
        number(result.map(|it| it.train_seconds)),
        number(result.map(|it| it.total_seconds)),
        condition.identity.clone(),
        run.folder.clone(),
        run.state.reason().unwrap_or_default(),
    ]);
    cells
}

fn scores(score: Option<&Score>, metrics: &BTreeSet<&str>) -> Vec<String> {
    let Some(score) = score else { return vec![String::new(); 2 + 2 * metrics.len()] };
    let mut cells = vec![score.epoch.to_string(), score.step.to_string()];
    for split in [&score.validation, &score.test] {
        let value = |metric: &&str| split.get(*metric).map(f64::to_string).unwrap_or_default();
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

fn line(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(cell)).collect();
    cells.join(",") + "\n"
}

/// Quoted where RFC 4180 asks for it.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_cells_that_need_it_are_quoted() {
        let cells = ["plain", "a,b", "say \"x\"", "two\nlines", ""].map(str::to_owned);
        assert_eq!(line(&cells), "plain,\"a,b\",\"say \"\"x\"\"\",\"two\nlines\",\n");
    }
}
