//! What tuning found: the score by each key that was tuned, and by the number of trials.

use text::{csv, csv_count, csv_line, csv_number};

use super::MANY;
use super::chart::{Axis, Chart, Mark, Panel, range};
use super::scale::Scale;
use crate::ReportError;
use crate::format::plain;
use crate::model::Report;
use crate::tuned::Tuned;

/// The tuned arms of a task, each with its look; none of more than can be told apart.
fn arms(report: &Report, task: usize) -> Vec<(usize, &str, &Tuned)> {
    let plan = &report.plan;
    let own = report.tuned.iter().filter(|it| plan.conditions[it.condition].task == task);
    let name = |it: &Tuned| plan.arms[plan.conditions[it.condition].arm].name.as_str();
    let all: Vec<_> = own.enumerate().map(|(look, it)| (look, name(it), it)).collect();
    if all.len() > MANY { Vec::new() } else { all }
}

fn scale(report: &Report, task: usize, values: impl IntoIterator<Item = f64>) -> Scale {
    let ends = range(values).unwrap_or((0.0, 1.0));
    Scale::of_scores(ends, report.plan.tasks[task].metric.goal)
}

fn legend(arms: &[(usize, &str, &Tuned)]) -> Vec<(usize, String)> {
    arms.iter().map(|it| (it.0, it.1.to_owned())).collect()
}

/// The best validation score at each value of each key of numbers that was tuned, one line an arm:
/// how sharply an arm depends on it, and whether its best value lies at an edge.
pub(crate) fn sensitivity(report: &Report, task: usize) -> Chart {
    let planned = &report.plan.tasks[task];
    let arms = arms(report, task);
    let mut data = csv_line(&["key", "value", "arm", "best_validation"].map(csv));
    let scores = arms.iter().flat_map(|it| it.2.trials.iter().filter_map(|trial| trial.score));
    let y = scale(report, task, scores);
    let better = |a: f64, b: f64| if planned.metric.goal.better(b, a) { b } else { a };
    let over = report.plan.tuning.iter().flat_map(|it| it.over.iter().enumerate());
    let mut panels = Vec::new();
    for (index, key) in over {
        let numbers: Option<Vec<f64>> = key.values.iter().map(serde_json::Value::as_f64).collect();
        let Some(numbers) = numbers.filter(|it| it.len() > 1) else { continue };
        let x = Scale::by_width(range(numbers.iter().copied()).unwrap_or((0.0, 1.0)), 5.0);
        let mut panel = Panel::new(
            Axis::new(&key.key, x),
            Axis::new(format!("best validation {}", planned.metric.name), y),
        );
        for &(look, name, tuned) in &arms {
            let mut points = Vec::new();
            for &number in &numbers {
                let own = tuned.trials.iter().filter(|trial| {
                    trial.values.get(index).and_then(serde_json::Value::as_f64) == Some(number)
                });
                let Some(best) = own.filter_map(|it| it.score).reduce(better) else { continue };
                points.push((number, best));
                let title = format!("{name}, {} = {}: {}", key.key, plain(number), plain(best));
                panel.marks.push(Mark::Dot { arm: look, at: (number, best), faint: false, title });
                data.push_str(&csv_line(&[
                    csv(&key.key),
                    csv_number(number),
                    csv(name),
                    csv_number(best),
                ]));
            }
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            if !points.is_empty() {
                let title = name.to_owned();
                panel.marks.push(Mark::Line { arm: look, points, thin: false, title });
            }
        }
        panels.push(panel);
    }
    Chart {
        title: format!("Sensitivity to what was tuned on {}", planned.label),
        panels,
        legend: legend(&arms),
        references: Vec::new(),
        data,
    }
}

/// The expected best validation score of so many of the trials, one line an arm.
pub(crate) fn best_of(report: &Report, task: usize) -> Result<Chart, ReportError> {
    let planned = &report.plan.tasks[task];
    let arms = arms(report, task);
    let mut data = csv_line(&["arm", "trials", "expected_best_validation"].map(csv));
    let mut curves = Vec::new();
    for &(look, name, tuned) in &arms {
        let best = tuned.expected_best(&report.plan)?;
        for (index, &value) in best.iter().enumerate() {
            data.push_str(&csv_line(&[csv(name), csv_count(index as u64 + 1), csv_number(value)]));
        }
        curves.push((look, name, best));
    }
    let most = curves.iter().map(|it| it.2.len()).max().unwrap_or(0);
    let y = scale(report, task, curves.iter().flat_map(|it| it.2.iter().copied()));
    let mut panel = Panel::new(
        Axis::new("trials", Scale::linear(1.0, (most as f64).max(2.0))),
        Axis::new(format!("expected best validation {}", planned.metric.name), y),
    );
    for (look, name, best) in curves {
        let points: Vec<(f64, f64)> =
            best.iter().enumerate().map(|(index, &it)| (index as f64 + 1.0, it)).collect();
        for &at in &points {
            let title = format!("{name}, best of {}: {}", at.0, plain(at.1));
            panel.marks.push(Mark::Dot { arm: look, at, faint: false, title });
        }
        if !points.is_empty() {
            panel.marks.push(Mark::Line { arm: look, points, thin: false, title: name.to_owned() });
        }
    }
    Ok(Chart {
        title: format!("Expected best of so many trials on {}", planned.label),
        panels: vec![panel],
        legend: legend(&arms),
        references: Vec::new(),
        data,
    })
}
