//! Every run's score, over the interval of its arm's mean.

use text::{csv, csv_count, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, range};
use super::rows;
use super::scale::Scale;
use crate::format::plain;
use crate::model::Report;
use crate::scores::TaskScores;
use crate::words::metric_heading;

/// One dot a run, and the 95 % interval of the mean, one row an arm.
pub(crate) fn seeds(report: &Report, scores: &TaskScores) -> Chart {
    let task = &report.plan.tasks[scores.task];
    let at = task.metric.at;
    let heading = format!("test_{}", task.metric.name);
    let mut data = csv_line(&["arm", "seed", &heading].map(csv));
    let arms = rows(report, scores);
    let (mut marks, mut ends) = (Vec::new(), Vec::new());
    for (row, &index) in arms.iter().enumerate() {
        let arm = &scores.arms[index];
        let (row, name) = (row as f64, report.name_of(arm));
        if let Some(it) = arm.primary {
            let title = format!("{name}: mean {}, n = {}", plain(it.mean), it.n);
            if let Some(spread) = it.spread {
                let (low, high) = (spread.interval.low, spread.interval.high);
                // An interval that reaches below zero does not take the logarithm away.
                ends.extend([low, high].into_iter().filter(|&end| end > 0.0 || it.min <= 0.0));
                marks.push(Mark::Bar {
                    arm: index,
                    from: (low, row),
                    to: (high, row),
                    title: title.clone(),
                });
            }
            marks.push(Mark::Dot { arm: index, at: (it.mean, row), faint: false, title });
        }
        for run in report.runs_of(arm.condition) {
            let Some(score) = run.state.score(at) else { continue };
            ends.push(score);
            let title = format!("{name}, seed {}: {}", run.seed, plain(score));
            marks.push(Mark::Dot { arm: index, at: (score, row), faint: true, title });
            data.push_str(&csv_line(&[csv(name), csv_count(run.seed), csv_number(score)]));
        }
    }
    let trivial = task.trivial.get(&task.metric.name).copied();
    let ends = range(ends.into_iter().chain(trivial)).unwrap_or((0.0, 1.0));
    let scale = Scale::of_scores(ends, task.metric.goal);
    let names = arms.iter().map(|&index| report.label_of(&scores.arms[index])).collect();
    let mut panel = Panel::new(Axis::new(metric_heading(task), scale), Axis::of_names("", names));
    if let (Some(x), false) = (trivial, marks.is_empty()) {
        marks.push(Mark::Up { x, title: format!("trivial prediction: {}", plain(x)) });
    }
    panel.marks = marks;
    Chart {
        title: report.with_factors(format!(
            "Every run's {} on {}",
            metric_heading(task),
            task.label
        )),
        panels: vec![panel],
        legend: Vec::new(),
        references: Vec::new(),
        data,
    }
}
