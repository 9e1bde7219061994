//! How far gradients reach back.

use std::collections::BTreeMap;

use analysis::mean_curve;
use store::Reading;
use text::{csv, csv_count, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, range};
use super::scale::Scale;
use super::{legend, told_apart};
use crate::ReportError;
use crate::model::Report;
use crate::runs::first_layer;
use crate::scores::TaskScores;

/// The norm of the gradient by the hidden state against the lag, in the recurrent layer nearest to
/// the input, when it was last looked at; on a logarithmic axis, which has no place for a gradient
/// of 0.
pub(crate) fn gradients(report: &Report, scores: &TaskScores) -> Result<Chart, ReportError> {
    let mut data = csv_line(&["arm", "seed", "state", "lag", "gradient_norm"].map(csv));
    let (mut marks, mut values, mut longest) = (Vec::new(), Vec::new(), 0.0_f64);
    let shown = told_apart(report, scores);
    let mut looks = Vec::new();
    for (arm, &index) in shown.iter().enumerate() {
        let name = report.name_of(&scores.arms[index]);
        let mut curves = Vec::new();
        for run in report.runs_of(scores.arms[index].condition) {
            let Some(curve) = by_lag(&run.probed) else { continue };
            for (&lag, &norm) in &curve {
                data.push_str(&csv_line(&[
                    csv(name),
                    csv_count(run.seed),
                    csv(run.state.word()),
                    csv_count(lag),
                    csv_number(norm),
                ]));
                values.push(norm);
                longest = longest.max(lag as f64);
            }
            curves.push(curve);
        }
        if curves.is_empty() {
            continue;
        }
        looks.push(arm);
        let mean = mean_curve(&curves)?;
        if curves.len() > 1 {
            let points = mean.iter().map(|it| (it.step as f64, it.summary.min, it.summary.max));
            marks.push(Mark::Band { arm, points: points.collect() });
        }
        let points: Vec<_> = mean.iter().map(|it| (it.step as f64, it.summary.mean)).collect();
        let every = points.len().div_ceil(9).max(1);
        let dots = points.iter().skip(arm % every).step_by(every).map(|&at| Mark::Dot {
            arm,
            at,
            faint: false,
            title: format!("{name}, lag {}: {:.2e}", at.0, at.1),
        });
        marks.extend(dots.collect::<Vec<_>>());
        marks.push(Mark::Line { arm, points, thin: false, title: format!("{name}: mean") });
    }
    let mut panel = Panel::new(
        Axis::new("steps before the place that is asked about", Scale::from_zero(longest)),
        Axis::new(
            "norm of the gradient",
            Scale::by_width(range(values).unwrap_or((1.0, 1.0)), 1.5),
        ),
    );
    panel.marks = marks;
    let task = &report.plan.tasks[scores.task].label;
    let mut legend = legend(report, scores, &shown);
    legend.retain(|it| looks.contains(&it.0));
    Ok(Chart {
        title: report.with_factors(format!(
            "Gradient of the loss by the hidden state against the lag on {task}"
        )),
        panels: vec![panel],
        legend,
        references: Vec::new(),
        data,
    })
}

/// Norm by lag at the last look; `None` where there is no positive one.
fn by_lag(probed: &BTreeMap<u64, Vec<Reading>>) -> Option<BTreeMap<u64, f64>> {
    let (_, readings) = probed.last_key_value()?;
    let reading = first_layer(readings)?;
    let points = reading.at.iter().zip(&reading.values).filter(|point| *point.1 > 0.0);
    let points: BTreeMap<u64, f64> = points.map(|(&lag, &norm)| (lag as u64, norm)).collect();
    (!points.is_empty()).then_some(points)
}
