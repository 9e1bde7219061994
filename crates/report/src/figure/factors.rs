//! What each factor of a sweep does: one panel a factor, and a map of two.

use std::collections::BTreeMap;

use analysis::{GridPoint, grid_importance};
use serde_json::Value;
use text::{csv, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, range};
use super::scale::Scale;
use crate::format::{option, percent, plain};
use crate::model::Report;
use crate::runs::lower_is_better;
use crate::scores::TaskScores;
use crate::words::metric_heading;

/// A swept arm's points: its name, the values of its keys, and the mean score.
struct Swept<'a> {
    arm: &'a str,
    /// Index of the arm of the point.
    index: usize,
    values: &'a [(String, Value)],
    mean: f64,
}

fn swept<'a>(report: &'a Report, scores: &'a TaskScores) -> Vec<Swept<'a>> {
    let point = |(index, arm): (usize, &crate::scores::ArmScores)| {
        let point = report.plan.arms[arm.arm].point.as_ref()?;
        Some(Swept { arm: &point.arm, index, values: &point.values, mean: arm.primary?.mean })
    };
    scores.arms.iter().enumerate().filter_map(point).collect()
}

/// A value without the quotes that JSON puts around text, a number with four digits.
fn text(value: &Value) -> String {
    match value.as_f64().filter(|_| value.is_f64()) {
        Some(number) => plain(number),
        None => option(value),
    }
}

/// The keys that are varied, with each value of each in order.
fn keys(points: &[Swept]) -> Vec<(String, Vec<Value>)> {
    let mut keys: Vec<(String, Vec<Value>)> = Vec::new();
    for (key, value) in points.iter().flat_map(|it| it.values) {
        let index = keys.iter().position(|it| it.0 == *key).unwrap_or_else(|| {
            keys.push((key.clone(), Vec::new()));
            keys.len() - 1
        });
        if !keys[index].1.contains(value) {
            keys[index].1.push(value.clone());
        }
    }
    for (_, values) in &mut keys {
        if values.iter().all(|it| it.as_f64().is_some()) {
            values.sort_by(|a, b| {
                a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(std::cmp::Ordering::Equal)
            });
        }
    }
    keys.retain(|(_, values)| values.len() > 1);
    keys
}

/// The mean score over all points with a value of a factor, one panel a factor and one line a swept
/// arm; pale dots are the points themselves. Empty without a sweep.
pub(crate) fn factors(report: &Report, scores: &TaskScores) -> Chart {
    let task = &report.plan.tasks[scores.task];
    let points = swept(report, scores);
    // A swept arm looks as its first point does everywhere else.
    let mut arms: Vec<(usize, &str)> = Vec::new();
    for point in &points {
        if arms.iter().all(|it| it.1 != point.arm) {
            arms.push((point.index, point.arm));
        }
    }
    let mut data = csv_line(&["factor", "value", "arm", "mean", "points"].map(csv));
    let means = range(points.iter().map(|it| it.mean)).unwrap_or((0.0, 1.0));
    let y = Scale::of_scores(means, task.metric.goal);
    let panels = keys(&points).into_iter().map(|(key, values)| {
        let numbers: Option<Vec<f64>> = values.iter().map(Value::as_f64).collect();
        let place = |value: &Value| match &numbers {
            Some(_) => value.as_f64(),
            None => values.iter().position(|it| it == value).map(|it| it as f64),
        };
        let x = match &numbers {
            Some(numbers) => Axis::new(
                &key,
                Scale::by_width(range(numbers.iter().copied()).unwrap_or((0.0, 1.0)), 5.0),
            ),
            None => Axis::of_names(&key, values.iter().map(text).collect()),
        };
        let mut panel = Panel::new(x, Axis::new(metric_heading(task), y));
        for &(index, arm) in &arms {
            let mut at: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
            for point in points.iter().filter(|it| it.arm == arm) {
                let value = point.values.iter().find(|it| it.0 == key).map(|it| &it.1);
                let Some((value, x)) = value.and_then(|it| Some((it, place(it)?))) else {
                    continue;
                };
                let order = values.iter().position(|it| it == value).unwrap_or(0);
                at.entry(order).or_default().push(point.mean);
                let title = format!("{arm}, {key} = {}: {}", text(value), plain(point.mean));
                panel.marks.push(Mark::Dot { arm: index, at: (x, point.mean), faint: true, title });
            }
            let mut line = Vec::new();
            for (order, means) in at {
                let mean = means.iter().sum::<f64>() / means.len() as f64;
                let value = &values[order];
                line.extend(place(value).map(|x| (x, mean)));
                data.push_str(&csv_line(&[
                    csv(&key),
                    csv(&text(value)),
                    csv(arm),
                    csv_number(mean),
                    text::csv_count(means.len() as u64),
                ]));
            }
            let title = format!("{arm}: mean over the other factors");
            panel.marks.push(Mark::Line { arm: index, points: line, thin: false, title });
        }
        panel.marks.retain(|mark| !matches!(mark, Mark::Line { points, .. } if points.is_empty()));
        panel
    });
    Chart {
        title: format!("What each factor does on {}", task.label),
        panels: panels.collect(),
        legend: arms.into_iter().map(|(index, arm)| (index, arm.to_owned())).collect(),
        references: Vec::new(),
        data,
    }
}

/// How much of the variance of the mean scores each factor explains, in words; nothing unless the
/// points of one swept arm are a whole grid of several factors.
pub(crate) fn importance(report: &Report, scores: &TaskScores) -> Option<String> {
    let points = swept(report, scores);
    let keys = keys(&points);
    if keys.len() < 2 || points.iter().any(|it| it.arm != points[0].arm) {
        return None;
    }
    let level = |point: &Swept, (key, values): &(String, Vec<Value>)| {
        let value = &point.values.iter().find(|it| it.0 == *key)?.1;
        values.iter().position(|it| it == value)
    };
    let points = points.iter().map(|point| {
        let levels = keys.iter().map(|key| level(point, key)).collect::<Option<Vec<_>>>()?;
        Some(GridPoint { levels, value: point.mean })
    });
    let (shares, rest) = grid_importance(&points.collect::<Option<Vec<_>>>()?)?;
    let named =
        keys.iter().zip(shares).map(|((key, _), share)| format!("{key} {}", percent(share)));
    Some(format!(
        "Of the variance of the mean scores over the grid each factor explains alone: {}; together \
         with others the remaining {:.0} % (functional analysis of variance; noise between seeds is \
         part of that).",
        named.collect::<Vec<_>>().join(", "),
        100.0 * rest
    ))
}

/// A map of the mean score over two factors, one panel a swept arm; empty unless exactly two keys
/// are varied.
pub(crate) fn map(report: &Report, scores: &TaskScores) -> Chart {
    let task = &report.plan.tasks[scores.task];
    let points = swept(report, scores);
    let keys = keys(&points);
    let mut data = String::new();
    let mut panels = Vec::new();
    if let [(down, rows), (across, columns)] = &keys[..] {
        data = csv_line(&["arm", down, across, "mean"].map(csv));
        let (low, high) = range(points.iter().map(|it| it.mean)).unwrap_or((0.0, 1.0));
        let width = if high > low { high - low } else { 1.0 };
        for arm in points.chunk_by(|a, b| a.arm == b.arm) {
            let names = |values: &[Value]| values.iter().map(text).collect::<Vec<_>>();
            let mut panel = Panel::new(
                Axis::of_names(across, names(columns)),
                Axis::of_names(down, names(rows)),
            );
            panel.heading = format!("{}: {} down, {} across", arm[0].arm, down, across);
            for point in arm {
                let at = |key: &str, values: &[Value]| {
                    let value = &point.values.iter().find(|it| it.0 == key)?.1;
                    Some((values.iter().position(|it| it == value)? as f64, text(value)))
                };
                let (Some((y, row)), Some((x, column))) = (at(down, rows), at(across, columns))
                else {
                    continue;
                };
                let share = (point.mean - low) / width;
                let shade = if lower_is_better(task.metric.goal) { 1.0 - share } else { share };
                let title = format!("{down} = {row}, {across} = {column}: {}", plain(point.mean));
                let text = plain(point.mean);
                panel.marks.push(Mark::Field { at: (x, y), shade, text, title });
                data.push_str(&csv_line(&[
                    csv(arm[0].arm),
                    csv(&row),
                    csv(&column),
                    csv_number(point.mean),
                ]));
            }
            panels.push(panel);
        }
    }
    Chart {
        title: format!(
            "{} on {} over two factors, darker is better",
            metric_heading(task),
            task.label
        ),
        panels,
        legend: Vec::new(),
        references: Vec::new(),
        data,
    }
}
