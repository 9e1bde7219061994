//! Differences from the baseline.

use text::{csv, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, cell, range};
use super::rows;
use super::scale::Scale;
use crate::format::{difference, p_value};
use crate::model::Report;
use crate::scores::TaskScores;
use crate::words::metric_heading;

/// Each arm's mean difference from the baseline with its 95 % interval, one panel a task.
pub(crate) fn forest(report: &Report, tasks: &[&TaskScores]) -> Chart {
    let headings = ["task", "arm", "difference", "low", "high", "p", "p_holm", "pairs"];
    let mut data = csv_line(&headings.map(csv));
    let panels = tasks.iter().map(|scores| panel(report, scores, &mut data)).collect();
    let baseline = &report.plan.baseline;
    Chart {
        title: report.with_factors(format!("Differences from {baseline}, with 95 % intervals")),
        panels,
        legend: Vec::new(),
        references: Vec::new(),
        data,
    }
}

fn panel(report: &Report, scores: &TaskScores, data: &mut String) -> Panel {
    let task = &report.plan.tasks[scores.task];
    let arms: Vec<usize> = rows(report, scores)
        .into_iter()
        .filter(|&index| scores.arms[index].difference().is_some())
        .collect();
    let mut marks = Vec::new();
    let mut ends = vec![0.0];
    for (row, &index) in arms.iter().enumerate() {
        let arm = &scores.arms[index];
        let (Some(it), Some(versus)) = (arm.difference(), &arm.versus) else { continue };
        let row = row as f64;
        let interval = it.spread.map(|it| it.interval);
        let p = versus.adjusted.map_or_else(String::new, |p| format!(", {} (Holm)", p_value(p)));
        let title = format!("{}: {}{p}", report.name_of(arm), difference(it.mean));
        ends.push(it.mean);
        if let Some(interval) = interval {
            ends.extend([interval.low, interval.high]);
            marks.push(Mark::Bar {
                arm: index,
                from: (interval.low, row),
                to: (interval.high, row),
                title: title.clone(),
            });
        }
        marks.push(Mark::Dot { arm: index, at: (it.mean, row), faint: false, title });
        data.push_str(&csv_line(&[
            csv(&task.label),
            csv(report.name_of(arm)),
            csv_number(it.mean),
            cell(interval.map(|it| it.low)),
            cell(interval.map(|it| it.high)),
            cell(versus.p.map(|it| it.p)),
            cell(versus.adjusted),
            text::csv_count(versus.pairs() as u64),
        ]));
    }
    let (low, high) = range(ends).unwrap_or((0.0, 0.0));
    let label = format!("{} minus that of {}", metric_heading(task), report.plan.baseline);
    let names = arms.iter().map(|&index| report.label_of(&scores.arms[index])).collect();
    let mut panel =
        Panel::new(Axis::new(label, Scale::linear(low, high)), Axis::of_names("", names));
    panel.heading.clone_from(&task.label);
    if !marks.is_empty() {
        marks.push(Mark::Up { x: 0.0, title: "no difference".into() });
    }
    panel.marks = marks;
    panel
}
