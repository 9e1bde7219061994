//! What a score costs.

use text::{csv, csv_line};

use super::chart::{Axis, Chart, Mark, Panel, cell, range};
use super::scale::Scale;
use super::{MANY, legend, told_apart};
use crate::format::plain;
use crate::model::Report;
use crate::scores::{ArmScores, TaskScores};
use crate::words::metric_heading;

/// Costs that differ by more than this factor are drawn on a logarithmic axis.
const WIDE: f64 = 5.0;
/// As the learning curves.
const WIDE_SCORES: f64 = 20.0;

type Cost = (&'static str, fn(&Report, &ArmScores) -> Option<f64>);

const COSTS: [Cost; 3] = [
    ("parameters", |_, arm| Some(arm.parameters as f64)),
    ("state, numbers", |report, arm| {
        Some(report.plan.conditions[arm.condition].sizes?.state? as f64)
    }),
    ("seconds of training, median", |_, arm| arm.train_seconds),
];

/// Mean score, with its 95 % interval, against parameters, state and training time.
pub(crate) fn cost(report: &Report, scores: &TaskScores) -> Chart {
    let task = &report.plan.tasks[scores.task];
    let columns = ["arm", "parameters", "state", "train_seconds", "mean", "low", "high"];
    let mut data = csv_line(&columns.map(csv));
    let shown = told_apart(report, scores);
    for arm in &scores.arms {
        let interval = arm.primary.and_then(|it| it.spread).map(|it| it.interval);
        let mut cells = vec![csv(report.name_of(arm))];
        cells.extend(COSTS.map(|(_, of)| cell(of(report, arm))));
        cells.push(cell(arm.primary.map(|it| it.mean)));
        cells.extend([interval.map(|it| it.low), interval.map(|it| it.high)].map(cell));
        data.push_str(&csv_line(&cells));
    }
    let means = scores.arms.iter().filter_map(|arm| arm.primary.map(|it| it.mean));
    let means = range(means).unwrap_or((0.0, 1.0));
    let panels = COSTS.iter().filter_map(|(label, of)| {
        let costs = scores.arms.iter().filter(|arm| arm.primary.is_some());
        let costs = range(costs.filter_map(|arm| of(report, arm)))?;
        // One size for all says nothing.
        if costs.0 >= costs.1 {
            return None;
        }
        let mut panel = Panel::new(
            Axis::new(*label, Scale::by_width(costs, WIDE)),
            Axis::new(metric_heading(task), Scale::by_width(means, WIDE_SCORES)),
        );
        for (index, arm) in scores.arms.iter().enumerate() {
            let (Some(mean), Some(x)) = (arm.primary, of(report, arm)) else { continue };
            let title = format!("{}: {} at {}", report.name_of(arm), plain(mean.mean), plain(x));
            let look = shown.iter().position(|&it| it == index);
            let (is_own, arm) = (look.is_some(), look.unwrap_or(0));
            if let Some(spread) = mean.spread.filter(|_| is_own) {
                let (low, high) = (spread.interval.low, spread.interval.high);
                let title = title.clone();
                panel.marks.push(Mark::Bar { arm, from: (x, low), to: (x, high), title });
            }
            panel.marks.push(Mark::Dot { arm, at: (x, mean.mean), faint: !is_own, title });
        }
        Some(panel)
    });
    let panels: Vec<Panel> = panels.collect();
    let others = (scores.arms.len() > MANY).then(|| "pale: the others".to_owned());
    Chart {
        title: report.with_factors(format!(
            "{} on {} against what it costs",
            metric_heading(task),
            task.label
        )),
        panels,
        legend: legend(report, scores, &shown),
        references: others.into_iter().collect(),
        data,
    }
}
