//! Scores by length.

use text::{csv, csv_count, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, cell, range};
use super::scale::Scale;
use super::{legend, told_apart};
use crate::format::plain;
use crate::model::Report;
use crate::scores::TaskScores;

/// Mean score on the held-out parts that are of one length each, one line an arm.
pub(crate) fn lengths(report: &Report, scores: &TaskScores) -> Chart {
    let task = &report.plan.tasks[scores.task];
    let metric = &task.metric.name;
    let parts: Vec<(usize, f64)> = task
        .parts
        .iter()
        .enumerate()
        .filter_map(|(index, part)| Some((index, part.length? as f64)))
        .collect();
    let shown = told_apart(report, scores);
    let mut data = csv_line(&["arm", "length", metric, "low", "high", "n"].map(csv));
    let (mut marks, mut values) = (Vec::new(), Vec::new());
    for (index, arm) in scores.arms.iter().enumerate() {
        let name = report.name_of(arm);
        let look = shown.iter().position(|&it| it == index);
        let mut points = Vec::new();
        let mut band = Vec::new();
        for &(part, length) in &parts {
            let Some(it) = arm.parts.get(part).copied().flatten() else { continue };
            points.push((length, it.mean));
            band.push((length, it.min, it.max));
            let interval = it.spread.map(|it| it.interval);
            data.push_str(&csv_line(&[
                csv(name),
                csv_count(length as u64),
                csv_number(it.mean),
                cell(interval.map(|it| it.low)),
                cell(interval.map(|it| it.high)),
                csv_count(it.n as u64),
            ]));
            if let Some(arm) = look {
                let title = format!("{name}, length {length}: {}, n = {}", plain(it.mean), it.n);
                marks.push(Mark::Dot { arm, at: (length, it.mean), faint: false, title });
            }
        }
        let Some(arm) = look.filter(|_| !points.is_empty()) else { continue };
        values.extend(band.iter().flat_map(|it| [it.1, it.2]));
        marks.push(Mark::Band { arm, points: band });
        marks.push(Mark::Line { arm, points, thin: false, title: format!("{name}: mean") });
    }
    let trivial = task.trivial.get(metric).copied();
    let (low, high) = range(values.into_iter().chain(trivial)).unwrap_or((0.0, 1.0));
    let across = range(parts.iter().map(|it| it.1)).unwrap_or((0.0, 1.0));
    let mut panel = Panel::new(
        Axis::new("length", Scale::by_width(across, 8.0)),
        Axis::new(metric.clone(), Scale::linear(low, high)),
    );
    if let (Some(y), false) = (trivial, marks.is_empty()) {
        marks.push(Mark::Across { y, title: format!("trivial prediction: {}", plain(y)) });
    }
    panel.marks = marks;
    Chart {
        title: report.with_factors(format!("{metric} by length on {}", task.label)),
        panels: vec![panel],
        legend: legend(report, scores, &shown),
        references: trivial.iter().map(|_| "trivial".to_owned()).collect(),
        data,
    }
}
