//! Which share of runs has not solved the task yet.

use text::{csv, csv_count, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel};
use super::scale::Scale;
use super::{legend, told_apart};
use crate::model::Report;
use crate::scores::TaskScores;

/// Share of runs that have not solved the task by a step (Kaplan and Meier), one line an arm.
pub(crate) fn survival(report: &Report, scores: &TaskScores) -> Chart {
    let mut data = csv_line(&["arm", "step", "share_unsolved", "at_risk"].map(csv));
    let shown = told_apart(report, scores);
    let times = scores.arms.iter().filter_map(|arm| arm.solving.as_ref()).flat_map(|it| &it.times);
    let last = times.map(|it| it.until).fold(0.0, f64::max);
    let mut marks = Vec::new();
    for (look, &index) in shown.iter().enumerate() {
        let arm = &scores.arms[index];
        let Some(solving) = arm.solving.as_ref().filter(|it| !it.times.is_empty()) else {
            continue;
        };
        let name = report.name_of(arm);
        let mut points = vec![(0.0, 1.0)];
        for point in &solving.curve {
            let before = points.last().map_or(1.0, |it: &(f64, f64)| it.1);
            points.extend([(point.at, before), (point.at, point.share)]);
            data.push_str(&csv_line(&[
                csv(name),
                csv_count(point.at as u64),
                csv_number(point.share),
                csv_count(point.at_risk as u64),
            ]));
        }
        points.push((last, points.last().map_or(1.0, |it| it.1)));
        marks.push(Mark::Line { arm: look, points, thin: false, title: name.to_owned() });
    }
    let mut panel = Panel::new(
        Axis::new("optimizer steps", Scale::from_zero(last)),
        Axis::new("share not solved yet", Scale::exactly(-0.02, 1.02)),
    );
    panel.marks = marks;
    Chart {
        title: report.with_factors(format!(
            "Runs that have not solved {} yet",
            report.plan.tasks[scores.task].label
        )),
        panels: vec![panel],
        legend: legend(report, scores, &shown),
        references: Vec::new(),
        data,
    }
}
