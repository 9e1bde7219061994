//! Tidy tables of everything, unrounded: what `csv.rs` and `parquet.rs` write.

use std::borrow::Cow;
use std::collections::BTreeSet;

use analysis::{Median, Summary};
use store::{Outcome, ReadAt};

use crate::model::Report;
use crate::runs::Run;

/// A table with one observation a row.
#[derive(Debug, PartialEq)]
pub(crate) struct Tidy<'a> {
    /// File name without ending.
    pub name: &'static str,
    /// All as long as each other.
    pub columns: Vec<(Cow<'a, str>, Values<'a>)>,
}

/// The values of a column.
#[derive(Debug, PartialEq)]
pub(crate) enum Values<'a> {
    Text(Vec<Option<Cow<'a, str>>>),
    Count(Vec<Option<u64>>),
    Number(Vec<Option<f64>>),
}

impl Values<'_> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Count(values) => values.len(),
            Self::Number(values) => values.len(),
        }
    }
}

impl Tidy<'_> {
    /// Number of rows.
    pub(crate) fn rows(&self) -> usize {
        self.columns.first().map_or(0, |it| it.1.len())
    }
}

/// Builds a table column by column from items of which each is a row.
struct Rows<'a, T> {
    items: Vec<T>,
    table: Tidy<'a>,
}

impl<'a, T> Rows<'a, T> {
    fn new(name: &'static str, items: impl IntoIterator<Item = T>) -> Self {
        Self { items: items.into_iter().collect(), table: Tidy { name, columns: Vec::new() } }
    }

    fn text(mut self, name: &'a str, of: impl Fn(&T) -> Option<Cow<'a, str>>) -> Self {
        let values = Values::Text(self.items.iter().map(of).collect());
        self.table.columns.push((name.into(), values));
        self
    }

    fn count(mut self, name: impl Into<Cow<'a, str>>, of: impl Fn(&T) -> Option<u64>) -> Self {
        let values = Values::Count(self.items.iter().map(of).collect());
        self.table.columns.push((name.into(), values));
        self
    }

    fn number(mut self, name: impl Into<Cow<'a, str>>, of: impl Fn(&T) -> Option<f64>) -> Self {
        let values = Values::Number(self.items.iter().map(of).collect());
        self.table.columns.push((name.into(), values));
        self
    }
}

/// All tables that have a row: runs, arms, curves, probes and scores by held-out part.
pub(crate) fn tables(report: &Report) -> Vec<Tidy<'_>> {
    let all = [runs(report), arms(report), curves(report), probes(report), parts(report)];
    all.into_iter().filter(|it| it.rows() > 0 || matches!(it.name, "runs" | "arms")).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "a cell may be empty")]
fn borrowed(text: &str) -> Option<Cow<'_, str>> {
    Some(Cow::Borrowed(text))
}

fn arm<'a>(report: &'a Report, run: &Run) -> Option<Cow<'a, str>> {
    borrowed(&report.plan.arms[run.arm].name)
}

fn task<'a>(report: &'a Report, run: &Run) -> Option<Cow<'a, str>> {
    borrowed(&report.plan.tasks[run.task].label)
}

/// One row per planned run.
fn runs<'a>(report: &'a Report) -> Tidy<'a> {
    let condition = |run: &Run| &report.plan.conditions[run.condition];
    let outcome = |run: &Run| {
        Some(Cow::Borrowed(match run.state.result()?.outcome {
            Outcome::Completed => "completed",
            Outcome::Diverged { .. } => "diverged",
            Outcome::StoppedEarly { .. } => "stopped early",
            Outcome::StoppedAtRung { .. } => "stopped at a rung",
        }))
    };
    let diverged = |run: &Run| match run.state.result()?.outcome {
        Outcome::Diverged { step } => Some(step),
        _ => None,
    };
    let mut rows = Rows::new("runs", &report.runs)
        .text("arm", |run| arm(report, run))
        .text("task", |run| task(report, run))
        .count("seed", |run| Some(run.seed))
        .text("state", |run| borrowed(run.state.word()))
        .text("outcome", |run| outcome(run))
        .count("step_diverged", |run| diverged(run));
    let metrics = metric_names(&report.runs);
    for (word, at) in [("best", ReadAt::Best), ("final", ReadAt::Final)] {
        let score = |run: &&'a Run| run.state.result()?.score(at);
        rows = rows
            .count(format!("{word}_epoch"), |run| score(run).map(|it| it.epoch))
            .count(format!("{word}_step"), |run| score(run).map(|it| it.step));
        for split in ["validation", "test"] {
            for metric in &metrics {
                rows = rows.number(format!("{word}_{split}_{metric}"), |run| {
                    let score = score(run)?;
                    let scores = if split == "test" { &score.test } else { &score.validation };
                    scores.get(*metric).copied()
                });
            }
        }
    }
    rows.count("parameters", |run| Some(condition(run).parameters))
        .count("multiply_adds_a_step", |run| condition(run).sizes.map(|it| it.multiply_adds))
        .count("state_size", |run| condition(run).sizes?.state)
        .count("steps", |run| run.state.result().map(|it| it.steps))
        .number("train_seconds", |run| run.state.result().map(|it| it.train_seconds))
        .number("total_seconds", |run| run.state.result().map(|it| it.total_seconds))
        .text("identity", |run| borrowed(&condition(run).identity))
        .text("folder", |run| Some(Cow::Owned(run.folder.clone())))
        .text("reason", |run| run.state.reason().map(Cow::Owned))
        .table
}

fn metric_names(runs: &[Run]) -> BTreeSet<&str> {
    let results = runs.iter().filter_map(|run| run.state.result());
    let scores = results.flat_map(|result| result.best.iter().chain(&result.last));
    let names = scores.flat_map(|score| score.validation.keys().chain(score.test.keys()));
    names.map(String::as_str).collect()
}

/// One row per arm and task.
fn arms(report: &Report) -> Tidy<'_> {
    let all =
        report.tasks.iter().flat_map(|task| task.arms.iter().map(move |arm| (task.task, arm)));
    let interval = |it: Option<Summary>| Some(it?.spread?.interval);
    Rows::new("arms", all)
        .text("task", |it| borrowed(&report.plan.tasks[it.0].label))
        .text("arm", |it| borrowed(&report.plan.arms[it.1.arm].name))
        .text("metric", |it| borrowed(&report.plan.tasks[it.0].metric.name))
        .count("n", |it| Some(it.1.counts.finished as u64))
        .count("diverged", |it| Some(it.1.counts.diverged as u64))
        .number("mean", |it| it.1.primary.map(|it| it.mean))
        .number("sd", |it| Some(it.1.primary?.spread?.sd))
        .number("low", |it| interval(it.1.primary).map(|it| it.low))
        .number("high", |it| interval(it.1.primary).map(|it| it.high))
        .number("median_diverged_worst", |it| match it.1.median? {
            Median::Score(score) => Some(score),
            Median::Lost => None,
        })
        .number("difference", |it| it.1.difference().map(|it| it.mean))
        .number("difference_low", |it| interval(it.1.difference()).map(|it| it.low))
        .number("difference_high", |it| interval(it.1.difference()).map(|it| it.high))
        .count("pairs", |it| Some(it.1.versus.as_ref()?.pairs() as u64))
        .number("p", |it| Some(it.1.versus.as_ref()?.p?.p))
        .number("p_holm", |it| it.1.versus.as_ref()?.adjusted)
        .number("d", |it| it.1.versus.as_ref()?.standardised)
        .number("better_in", |it| it.1.versus.as_ref()?.better)
        .count("solved", |it| Some(it.1.solved()?.hits as u64))
        .count("solved_of", |it| Some(it.1.solved()?.of as u64))
        .number("steps_to_solve_median", |it| it.1.solving.as_ref()?.median)
        .count("parameters", |it| Some(it.1.parameters))
        .count("state_size", |it| report.plan.conditions[it.1.condition].sizes?.state)
        .count("multiply_adds_a_step", |it| {
            Some(report.plan.conditions[it.1.condition].sizes?.multiply_adds)
        })
        .number("steps_per_second", |it| it.1.steps_per_second)
        .number("train_seconds", |it| it.1.train_seconds)
        .number("peak_memory", |it| it.1.peak_memory)
        .table
}

/// One row per run and evaluation.
fn curves(report: &Report) -> Tidy<'_> {
    let points = report.runs.iter().flat_map(|run| run.curve.iter().map(move |it| (run, it)));
    Rows::new("curves", points)
        .text("arm", |it| arm(report, it.0))
        .text("task", |it| task(report, it.0))
        .count("seed", |it| Some(it.0.seed))
        .text("state", |it| borrowed(it.0.state.word()))
        .count("step", |it| Some(*it.1.0))
        .number("train_seconds", |it| it.0.seconds.get(it.1.0).copied())
        .text("metric", |it| borrowed(&report.plan.tasks[it.0.task].metric.name))
        .number("validation", |it| Some(*it.1.1))
        .table
}

/// One row per run, look, kind of reading and value.
fn probes(report: &Report) -> Tidy<'_> {
    let looks = report.runs.iter().flat_map(|run| run.probed.iter().map(move |it| (run, it)));
    let readings = looks.flat_map(|(run, (step, readings))| {
        readings.iter().flat_map(move |reading| {
            (0..reading.values.len()).map(move |index| (run, *step, reading, index))
        })
    });
    Rows::new("probes", readings)
        .text("arm", |it| arm(report, it.0))
        .text("task", |it| task(report, it.0))
        .count("seed", |it| Some(it.0.seed))
        .count("step", |it| Some(it.1))
        .text("kind", |it| borrowed(&it.2.kind))
        .text("of", |it| borrowed(&it.2.of))
        .number("at", |it| it.2.at.get(it.3).copied())
        .number("value", |it| Some(it.2.values[it.3]))
        .table
}

/// One row per run, weights, held-out part beside validation and test, and metric.
fn parts(report: &Report) -> Tidy<'_> {
    let mut rows = Vec::new();
    for run in &report.runs {
        let Some(result) = run.state.result() else { continue };
        for (weights, at) in [("best", ReadAt::Best), ("final", ReadAt::Final)] {
            let Some(score) = result.score(at) else { continue };
            for part in &report.plan.tasks[run.task].parts {
                for (metric, &value) in score.parts.get(&part.name).into_iter().flatten() {
                    rows.push((run, weights, part, metric, value));
                }
            }
        }
    }
    Rows::new("parts", rows)
        .text("arm", |it| arm(report, it.0))
        .text("task", |it| task(report, it.0))
        .count("seed", |it| Some(it.0.seed))
        .text("weights", |it| borrowed(it.1))
        .text("part", |it| borrowed(&it.2.name))
        .count("length", |it| it.2.length.map(|it| it as u64))
        .text("metric", |it| borrowed(it.3))
        .number("value", |it| Some(it.4))
        .table
}
