//! Learning curves.

use std::collections::BTreeMap;

use analysis::{Sample, mean_curve};
use store::Goal;
use text::{csv, csv_count, csv_line, csv_number};

use super::chart::{Axis, Chart, Mark, Panel, cell, range};
use super::scale::Scale;
use super::{MANY, legend, told_apart};
use crate::ReportError;
use crate::format::plain;
use crate::model::Report;
use crate::runs::{Run, State};
use crate::scores::TaskScores;

/// Runs whose own curves are drawn; of more only those that are in no mean.
const THIN: usize = 40;

/// What the curves are drawn against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Along {
    /// Optimizer steps.
    Steps,
    /// Seconds of training.
    Time,
}

/// Validation score of the runs of a task, one line an arm: the mean over the finished runs, a band
/// from the lowest to the highest, and thin lines of single runs. Of many arms the spread of their
/// means, and the baseline, the best and the worst.
pub(crate) fn learning(
    report: &Report,
    scores: &TaskScores,
    along: Along,
) -> Result<Chart, ReportError> {
    let task = &report.plan.tasks[scores.task];
    let metric = &task.metric.name;
    let (word, label) = match along {
        Along::Steps => ("optimizer step", "optimizer steps"),
        Along::Time => ("training time", "seconds of training"),
    };
    let arms: Vec<Vec<&Run>> =
        scores.arms.iter().map(|arm| report.runs_of(arm.condition)).collect();
    let shown = told_apart(report, scores);
    let trivial = task.trivial.get(metric).copied();
    let drawn: usize = shown.iter().map(|&it| arms[it].len()).sum();
    let mut marks = Vec::new();
    let mut data = Rows::new(metric);
    if scores.arms.len() > MANY {
        marks.extend(spread(&arms, along)?);
    }
    for (look, &index) in shown.iter().enumerate() {
        marks.extend(of_arm(
            look,
            report.name_of(&scores.arms[index]),
            &arms[index],
            along,
            drawn,
        )?);
        for run in &arms[index] {
            data.run(report.name_of(&scores.arms[index]), run);
        }
    }
    let mut panel = Panel::new(
        Axis::new(label, Scale::from_zero(furthest(&arms, along))),
        Axis::new(format!("validation {metric}"), scale(&arms, trivial, task.metric.goal)),
    );
    let is_empty = marks.is_empty();
    if let Some(y) = trivial.filter(|_| !is_empty) {
        marks.push(Mark::Across { y, title: format!("trivial prediction: {}", plain(y)) });
    }
    panel.marks = marks;
    let mut references: Vec<String> = trivial.iter().map(|_| "trivial".to_owned()).collect();
    if scores.arms.len() > MANY {
        references.push(format!("grey: {} arms", scores.arms.len()));
    }
    Ok(Chart {
        title: report.with_factors(format!("Validation {metric} on {} by {word}", task.label)),
        panels: vec![panel],
        legend: legend(report, scores, &shown),
        references,
        data: data.0,
    })
}

/// A place along the axis for each step of a run.
fn place(run: &Run, along: Along, step: u64) -> Option<f64> {
    match along {
        Along::Steps => Some(step as f64),
        Along::Time => run.seconds.get(&step).copied(),
    }
}

fn points(run: &Run, along: Along) -> Vec<(f64, f64)> {
    run.curve.iter().filter_map(|(&step, &value)| Some((place(run, along, step)?, value))).collect()
}

fn of_arm(
    arm: usize,
    name: &str,
    runs: &[&Run],
    along: Along,
    drawn: usize,
) -> Result<Vec<Mark>, ReportError> {
    let mut marks = Vec::new();
    let finished = || runs.iter().copied().filter(|run| is_in_mean(run));
    let mean = mean_curve(finished().map(|run| &run.curve))?;
    let mean_place = |step: u64| -> Option<f64> {
        let places: Vec<f64> = finished().filter_map(|run| place(run, along, step)).collect();
        (!places.is_empty()).then(|| places.iter().sum::<f64>() / places.len() as f64)
    };
    let mean: Vec<_> = mean.into_iter().filter_map(|it| Some((mean_place(it.step)?, it))).collect();
    if mean.iter().any(|it| it.1.summary.n > 1) {
        let points = mean.iter().map(|(x, it)| (*x, it.summary.min, it.summary.max)).collect();
        marks.push(Mark::Band { arm, points });
    }
    for run in runs.iter().filter(|run| !is_in_mean(run) || drawn <= THIN) {
        let title = format!("{name}, seed {}: {}", run.seed, run.state.word());
        let points = points(run, along);
        let Some(&(last_x, last_y)) = points.last() else { continue };
        marks.push(Mark::Line { arm, points, thin: true, title });
        if let State::Diverged { step, .. } = run.state {
            let title = format!("{name}, seed {}: diverged at step {step}", run.seed);
            let x = if along == Along::Steps { step as f64 } else { last_x };
            marks.push(Mark::Cross { arm, at: (x, last_y), title });
        }
    }
    if !mean.is_empty() {
        let points = mean.iter().map(|(x, it)| (*x, it.summary.mean)).collect();
        marks.push(Mark::Line { arm, points, thin: false, title: format!("{name}: mean") });
    }
    // A few markers, shifted from arm to arm so that equal curves show both.
    let every = mean.len().div_ceil(9).max(1);
    for (x, point) in mean.iter().skip(arm % every).step_by(every) {
        let analysis::Summary { n, mean, min, max, .. } = point.summary;
        let title = format!(
            "{name}, step {}: {} (lowest {}, highest {}, n = {n})",
            point.step,
            plain(mean),
            plain(min),
            plain(max)
        );
        marks.push(Mark::Dot { arm, at: (*x, mean), faint: false, title });
    }
    Ok(marks)
}

/// How the means of many arms spread: from the lowest to the highest tenth, and the middle half.
fn spread(arms: &[Vec<&Run>], along: Along) -> Result<Vec<Mark>, ReportError> {
    let mut at: BTreeMap<u64, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for runs in arms {
        let finished = || runs.iter().copied().filter(|run| is_in_mean(run));
        for point in mean_curve(finished().map(|run| &run.curve))? {
            let (places, means) = at.entry(point.step).or_default();
            places.extend(finished().filter_map(|run| place(run, along, point.step)));
            means.push(point.summary.mean);
        }
    }
    let mut marks = Vec::new();
    for share in [0.1, 0.25] {
        let mut points = Vec::new();
        for (places, means) in at.values() {
            let x = places.iter().sum::<f64>() / places.len().max(1) as f64;
            let means = Sample::new(means.iter().copied())?;
            let ends = [share, 1.0 - share].map(|share| means.quantile(share));
            if let ([Some(low), Some(high)], false) = (ends, places.is_empty()) {
                points.push((x, low, high));
            }
        }
        if !points.is_empty() {
            marks.push(Mark::Spread { points });
        }
    }
    Ok(marks)
}

fn is_in_mean(run: &Run) -> bool {
    matches!(run.state, State::Completed { .. })
}

/// Diverged runs shape the axis only where there is nothing else: one of them can reach 1e30.
fn scale(arms: &[Vec<&Run>], trivial: Option<f64>, goal: Goal) -> Scale {
    let values = |diverged: bool| -> Vec<f64> {
        let runs = arms.iter().flatten();
        let runs = runs.filter(|run| diverged || !matches!(run.state, State::Diverged { .. }));
        runs.flat_map(|run| run.curve.values().copied()).collect()
    };
    let own = values(false);
    let own = if own.is_empty() { values(true) } else { own };
    let (low, high) = range(own.into_iter().chain(trivial)).unwrap_or((0.0, 1.0));
    Scale::of_scores((low, high), goal)
}

fn furthest(arms: &[Vec<&Run>], along: Along) -> f64 {
    let of = |run: &&Run| {
        let last = run.curve.keys().next_back().copied();
        let last = last.and_then(|step| place(run, along, step));
        let diverged = match run.state {
            State::Diverged { step, .. } if along == Along::Steps => Some(step as f64),
            _ => None,
        };
        last.into_iter().chain(diverged).reduce(f64::max)
    };
    arms.iter().flatten().filter_map(of).fold(0.0, f64::max)
}

/// The points of runs as CSV.
struct Rows(String);

impl Rows {
    fn new(metric: &str) -> Self {
        let metric = format!("validation_{metric}");
        let headings = ["arm", "seed", "state", "step", "train_seconds", &metric];
        Self(csv_line(&headings.map(csv)))
    }

    fn run(&mut self, arm: &str, run: &Run) {
        for (&step, &value) in &run.curve {
            self.0.push_str(&csv_line(&[
                csv(arm),
                csv_count(run.seed),
                csv(run.state.word()),
                csv_count(step),
                cell(run.seconds.get(&step).copied()),
                csv_number(value),
            ]));
        }
    }
}
