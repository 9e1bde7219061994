//! What a figure of learning curves shows.

use std::collections::BTreeMap;

use analysis::{CurvePoint, mean_curve};
use store::{Goal, Plan, Reading};

use crate::ReportError;
use crate::runs::{Run, State};

/// A loss that falls by more than this factor is drawn on a logarithmic axis.
const WIDE: f64 = 20.0;

/// Numbers of the runs of one task along an axis, one line an arm.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveFigure {
    /// What it shows, one line.
    pub title: String,
    /// What stands under the axis along it.
    pub across: &'static str,
    /// What stands beside the axis of the values.
    pub up: String,
    /// Headings of the two in the figure's data.
    pub columns: [String; 2],
    /// Score of the trivial prediction, a horizontal line.
    pub trivial: Option<f64>,
    /// Whether the score has a logarithmic axis.
    pub logarithmic: bool,
    /// One per arm, in the plan's order.
    pub lines: Vec<CurveLine>,
}

/// The curves of one arm.
#[derive(Debug, Clone, PartialEq)]
pub struct CurveLine {
    /// Its name, as in the plan.
    pub arm: String,
    /// Over the runs that took all their steps.
    pub mean: Vec<CurvePoint>,
    /// Every run that has a point.
    pub runs: Vec<RunCurve>,
}

/// The curve of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCurve {
    /// Its seed.
    pub seed: u64,
    /// Its state, as in `runs.csv`.
    pub state: &'static str,
    /// Whether it is part of the mean.
    pub in_mean: bool,
    /// Step at which it diverged.
    pub diverged: Option<u64>,
    /// Value by place: by step, by lag.
    pub points: BTreeMap<u64, f64>,
}

impl CurveFigure {
    /// The curves of the runs of `conditions`, which are all of one task.
    pub(crate) fn new(
        plan: &Plan,
        task: usize,
        conditions: &[usize],
        runs: &[Run],
    ) -> Result<Self, ReportError> {
        let planned = &plan.tasks[task];
        let metric = planned.metric.name.clone();
        let line = |&condition: &usize| {
            let own = runs.iter().filter(|run| run.condition == condition);
            let own = own.filter(|run| !run.curve.is_empty()).map(RunCurve::new);
            CurveLine::new(&plan.arms[plan.conditions[condition].arm].name, own.collect())
        };
        let mut figure = Self {
            title: format!(
                "Validation {metric} on {} by optimizer step, one line per arm",
                planned.label
            ),
            trivial: planned.trivial.get(&planned.metric.name).copied(),
            across: "optimizer steps",
            up: format!("validation {metric}"),
            columns: ["step".into(), format!("validation_{metric}")],
            logarithmic: false,
            lines: conditions.iter().map(line).collect::<Result<_, _>>()?,
        };
        let (low, high) = figure.range();
        figure.logarithmic =
            planned.metric.goal == Goal::Minimize && low > 0.0 && high > WIDE * low;
        Ok(figure)
    }

    /// The norm of the gradient by the hidden state against the lag, in the recurrent layer nearest
    /// to the input, when it was last looked at; on a logarithmic axis, which has no place for a
    /// gradient of 0.
    pub(crate) fn gradients(
        plan: &Plan,
        task: usize,
        conditions: &[usize],
        runs: &[Run],
    ) -> Result<Self, ReportError> {
        let line = |&condition: &usize| {
            let own = runs.iter().filter(|run| run.condition == condition);
            let curve = |run: &Run| {
                let (_, readings) = run.probed.last_key_value()?;
                let by_lag = first_layer(readings)?;
                let points = by_lag.at.iter().zip(&by_lag.values);
                let points = points.filter(|point| *point.1 > 0.0);
                let points = points.map(|(&lag, &norm)| (lag as u64, norm)).collect();
                Some(RunCurve { points, diverged: None, ..RunCurve::new(run) })
            };
            let own = own.filter_map(curve).filter(|run| !run.points.is_empty());
            CurveLine::new(&plan.arms[plan.conditions[condition].arm].name, own.collect())
        };
        let mut lines = conditions.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        lines.retain(|line| !line.runs.is_empty());
        Ok(Self {
            title: format!(
                "Gradient of the loss by the hidden state against the lag on {}",
                plan.tasks[task].label
            ),
            across: "steps before the place that is asked about",
            up: "norm of the gradient".into(),
            columns: ["lag".into(), "gradient_norm".into()],
            trivial: None,
            logarithmic: true,
            lines,
        })
    }

    /// Whether there is anything to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.iter().all(|line| line.runs.is_empty())
    }

    /// Lowest and highest score that the axis must show. Diverged runs shape it only
    /// where there is nothing else: one of them can reach 1e30.
    pub(crate) fn range(&self) -> (f64, f64) {
        let runs = || self.lines.iter().flat_map(|line| &line.runs);
        let of = |diverged: bool| {
            let wanted = runs().filter(move |run| diverged || run.diverged.is_none());
            wanted.flat_map(|run| run.points.values().copied())
        };
        let values: Vec<f64> = of(false).collect();
        let values = if values.is_empty() { of(true).collect() } else { values };
        let all = values.into_iter().chain(self.trivial);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    }

    /// The last step that any run reached.
    pub(crate) fn last_step(&self) -> u64 {
        let runs = self.lines.iter().flat_map(|line| &line.runs);
        let last = runs.filter_map(|run| run.points.keys().next_back().max(run.diverged.as_ref()));
        last.copied().max().unwrap_or(0)
    }
}

impl CurveLine {
    fn new(arm: &str, runs: Vec<RunCurve>) -> Result<Self, ReportError> {
        let in_mean = runs.iter().filter(|run| run.in_mean);
        let points: Vec<_> = in_mean.map(|run| run.points.clone()).collect();
        Ok(Self { arm: arm.to_owned(), mean: mean_curve(&points)?, runs })
    }
}

/// The gradients by lag of the recurrent layer nearest to the input.
pub(crate) fn first_layer(readings: &[Reading]) -> Option<&Reading> {
    readings.iter().find(|reading| reading.kind == Reading::GRADIENT_BY_LAG)
}

impl RunCurve {
    fn new(run: &Run) -> Self {
        let diverged = match run.state {
            State::Diverged { step, .. } => Some(step),
            _ => None,
        };
        Self {
            seed: run.seed,
            state: run.state.word(),
            in_mean: matches!(run.state, State::Completed { .. }),
            diverged,
            points: run.curve.clone(),
        }
    }
}
