//! The results on a task.

use std::collections::BTreeMap;

use analysis::{Median, Summary};
use store::{Goal, PlannedTask, Sizes};

use crate::ReportError;
use crate::comparison::Finding;
use crate::document::{Block, Cell, Line, Section, Table};
use crate::figure::{self, Along};
use crate::format::{self, NONE, count, percent, plain, plus_minus, probability};
use crate::model::Report;
use crate::runs::State;
use crate::scores::{ArmScores, TaskScores, other};
use crate::sections::solving;
use crate::words::{metric_heading, weights, with_direction};

/// The section of one task.
pub(super) fn section(
    report: &Report,
    scores: &TaskScores,
    name: &str,
) -> Result<Section, ReportError> {
    let task = &report.plan.tasks[scores.task];
    let mut blocks = Vec::new();
    let about = [("", &task.summary), ("What it can and cannot show: ", &task.limits)];
    for (lead, text) in about.into_iter().filter(|(_, text)| !text.trim().is_empty()) {
        blocks.push(Block::Text(Line::default().text(lead).text(text)));
    }
    blocks.push(Block::Text(trivial_line(task)));
    let rows = figure::rows(report, scores);
    let main = main_table(report, scores, task).or_in(rows.clone(), "arms.csv");
    blocks.push(Block::Table(main));
    blocks.extend(Block::figure(
        format!("{name}-seeds"),
        figure::seeds(report, scores),
        "One dot a run; bar: 95 % t-interval of the mean. The vertical line is the trivial \
         prediction.",
    ));
    let further = table(report, scores, &further_columns(report, scores, task));
    blocks.push(Block::Table(further.or_in(rows, "arms.csv")));
    let curves = figure::learning(report, scores, Along::Steps)?;
    if curves.is_empty() {
        blocks.push(Block::Text("No learning curve yet.".into()));
    }
    let about = caption(report, scores);
    blocks.extend(Block::figure(name.to_owned(), curves, about));
    let curves = figure::learning(report, scores, Along::Time)?;
    let about = "The same against the time that training took, on the machines of Provenance.";
    blocks.extend(Block::figure(format!("{name}-time"), curves, about));
    if report.plan.arms.len() > 1 {
        let about = "Equal footing: the same scores against parameters, state and time. Bars: 95 % \
                     t-intervals.";
        blocks.extend(Block::figure(format!("{name}-cost"), figure::cost(report, scores), about));
    }
    blocks.extend(solving::blocks(report, scores, name));
    blocks.extend(parts(report, scores, task, name));
    blocks.extend(Block::figure(
        format!("{name}-factors"),
        figure::factors(report, scores),
        "What each factor does. Line: mean over the other factors; pale dots: the points of the \
         sweep.",
    ));
    if let Some(shares) = figure::importance(report, scores) {
        blocks.push(Block::Text(shares.into()));
    }
    blocks.extend(Block::figure(
        format!("{name}-map"),
        figure::map(report, scores),
        "The two factors together: mean score of each point, darker is better.",
    ));
    Ok(Section { heading: format!("Results: {}", task.label), blocks, folded: false })
}

fn trivial_line(task: &PlannedTask) -> Line {
    let metric = &task.metric.name;
    match task.trivial.get(metric) {
        None => format!("The task states no {metric} of a trivial prediction.").into(),
        Some(&score) => Line::from(format!(
            "Trivial prediction: {} gives a test {metric} of {}.",
            task.trivial_rule,
            plain(score)
        )),
    }
}

/// A column of a table with one row per arm.
struct Column {
    heading: String,
    cell: Box<dyn Fn(&ArmScores) -> Cell>,
}

fn column(heading: impl Into<String>, cell: impl Fn(&ArmScores) -> Cell + 'static) -> Column {
    Column { heading: heading.into(), cell: Box::new(cell) }
}

/// The columns that answer the question.
fn main_columns(report: &Report, scores: &TaskScores, task: &PlannedTask) -> Vec<Column> {
    let heading = format!("{}, {}: mean ± sd", metric_heading(task), weights(task.metric.at));
    let mut columns = vec![
        column(heading, |arm| mean_and_sd(arm.primary)),
        column("95 % t-interval of the mean", |arm| interval(arm.primary)),
        column("n", |arm| arm.counts.finished.to_string().into()),
        column("diverged", |arm| arm.counts.diverged.to_string().into()),
    ];
    if scores.arms.iter().any(|arm| arm.counts.at_rung > 0) {
        columns.push(column("stopped at a rung", |arm| arm.counts.at_rung.to_string().into()));
    }
    if task.metric.solved.is_some() {
        columns.push(column("solved", |arm| {
            arm.solved().map_or(NONE.into(), |rate| format!("{}/{}", rate.hits, rate.of).into())
        }));
    }
    if report.plan.arms.len() > 1 {
        let baseline = report.baseline;
        let goal = task.metric.goal;
        let heading = format!("difference to {}, 95 % paired t-interval", report.plan.baseline);
        columns.push(column(heading, move |arm| {
            if arm.arm == baseline { "baseline".into() } else { difference(arm, goal) }
        }));
        columns.push(column("p, Holm", |arm| {
            let adjusted = arm.versus.as_ref().and_then(|it| it.adjusted);
            adjusted.map_or(NONE.into(), |p| probability(p).into())
        }));
        columns.push(column("pairs", |arm| {
            arm.versus.as_ref().map_or(NONE.into(), |it| it.pairs().to_string().into())
        }));
    }
    columns
}

/// The columns that help to judge the answer.
fn further_columns(report: &Report, scores: &TaskScores, task: &PlannedTask) -> Vec<Column> {
    let elsewhere =
        format!("{}, {}: mean ± sd", metric_heading(task), weights(other(task.metric.at)));
    let mut columns = vec![column(elsewhere, |arm| mean_and_sd(arm.other))];
    if scores.arms.iter().any(|arm| arm.counts.diverged > 0) {
        let heading = format!("{}: median, diverged ranked worst", weights(task.metric.at));
        columns.push(column(heading, |arm| median(arm.median)));
    }
    if report.plan.arms.len() > 1 {
        columns.push(column("d", |arm| {
            let d = arm.versus.as_ref().and_then(|it| it.standardised);
            d.map_or(NONE.into(), |d| format::signed_tenths(d).into())
        }));
        columns.push(column("better in", |arm| {
            let better = arm.versus.as_ref().and_then(|it| it.better);
            better.map_or(NONE.into(), |share| percent(share).into())
        }));
    }
    columns.push(column("parameters", |arm| count(arm.parameters).into()));
    let sizes: BTreeMap<usize, Sizes> = scores
        .arms
        .iter()
        .filter_map(|arm| Some((arm.condition, report.plan.conditions[arm.condition].sizes?)))
        .collect();
    if !sizes.is_empty() {
        let of_state = sizes.clone();
        columns.push(column("multiply-adds a step", move |arm| {
            sizes.get(&arm.condition).map_or(NONE.into(), |it| count(it.multiply_adds).into())
        }));
        columns.push(column("state, numbers", move |arm| {
            let state = of_state.get(&arm.condition).and_then(|it| it.state);
            state.map_or("whole sequence".into(), |state| count(state).into())
        }));
    }
    columns.push(column("steps/s, median", |arm| arm.steps_per_second.map_or(NONE.into(), speed)));
    if scores.arms.iter().any(|arm| arm.peak_memory.is_some()) {
        columns.push(column("peak memory", |arm| {
            arm.peak_memory.map_or(NONE.into(), |it| format::bytes(it as u64).into())
        }));
    }
    columns
}

/// The scores on further held-out parts: by length, where the parts are of one length each.
fn parts(report: &Report, scores: &TaskScores, task: &PlannedTask, name: &str) -> Vec<Block> {
    if task.parts.is_empty() {
        return Vec::new();
    }
    let columns = task.parts.iter().enumerate().map(|(index, part)| {
        let heading =
            part.length.map_or_else(|| part.name.clone(), |length| format!("length {length}"));
        column(heading, move |arm| mean_and_sd(arm.parts[index]))
    });
    let text = format!(
        "On further held-out parts, which selected nothing: {}, {}, mean ± sd.",
        with_direction(task),
        weights(task.metric.at)
    );
    let table = table(report, scores, &columns.collect::<Vec<_>>());
    let mut blocks = vec![Block::Text(text.into()), Block::Table(table)];
    if task.parts.iter().filter(|part| part.length.is_some()).count() > 1 {
        let about = "Line: mean over the runs; band: from the lowest to the highest.";
        blocks.extend(Block::figure(
            format!("{name}-lengths"),
            figure::lengths(report, scores),
            about,
        ));
    }
    blocks
}

fn table(report: &Report, scores: &TaskScores, columns: &[Column]) -> Table {
    let headings: Vec<String> =
        columns.iter().map(|column| format!("#{}", column.heading)).collect();
    let headings: Vec<&str> =
        std::iter::once("Arm").chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for arm in &scores.arms {
        let name = Cell::from(&report.plan.arms[arm.arm].name);
        table.row(std::iter::once(name).chain(columns.iter().map(|it| (it.cell)(arm))).collect());
    }
    table
}

/// The main table, with the trivial prediction as its last row.
fn main_table(report: &Report, scores: &TaskScores, task: &PlannedTask) -> Table {
    let columns = main_columns(report, scores, task);
    let mut table = table(report, scores, &columns);
    if let Some(&trivial) = task.trivial.get(&task.metric.name) {
        let rest = columns.iter().skip(1).map(|_| NONE.into());
        let first: [Cell; 2] = ["trivial prediction".into(), plain(trivial).into()];
        table.aside(first.into_iter().chain(rest).collect());
    }
    table
}

fn mean_and_sd(summary: Option<Summary>) -> Cell {
    let Some(summary) = summary else { return NONE.into() };
    let text = match summary.spread {
        Some(spread) => plus_minus(summary.mean, spread.sd),
        None => format!("{} (one run)", plain(summary.mean)),
    };
    Cell { line: text.into(), detail: Some(unrounded(&summary)) }
}

fn interval(summary: Option<Summary>) -> Cell {
    match summary.and_then(|summary| summary.spread) {
        Some(spread) => format::interval(spread.interval.low, spread.interval.high).into(),
        None => NONE.into(),
    }
}

/// In bold where the test bears it out.
fn difference(arm: &ArmScores, goal: Goal) -> Cell {
    let Some(summary) = arm.difference() else { return NONE.into() };
    let finding = arm.versus.as_ref().map(|it| it.finding(goal));
    let text = match summary.spread {
        Some(spread) => {
            format::difference_in(summary.mean, spread.interval.low, spread.interval.high)
        }
        None => format!("{} (one pair)", format::difference(summary.mean)),
    };
    let line = match finding {
        Some(Finding::Better | Finding::Worse) => Line::default().strong(text),
        _ => text.into(),
    };
    Cell { line, detail: Some(unrounded(&summary)) }
}

fn unrounded(summary: &Summary) -> String {
    let Summary { n, mean, min, max, spread } = summary;
    let sd = spread.map_or_else(String::new, |spread| format!(", sd {}", spread.sd));
    format!("mean {mean}{sd}, lowest {min}, highest {max}, n = {n}")
}

fn median(median: Option<Median>) -> Cell {
    match median {
        None => NONE.into(),
        Some(Median::Score(score)) => plain(score).into(),
        Some(Median::Lost) => "diverged".into(),
    }
}

/// Three digits: timing has no more.
fn speed(steps_per_second: f64) -> Cell {
    if steps_per_second >= 100.0 {
        return count(steps_per_second.round() as u64).into();
    }
    let decimals = if steps_per_second >= 10.0 { 1 } else { 2 };
    format!("{steps_per_second:.decimals$}").into()
}

fn caption(report: &Report, scores: &TaskScores) -> String {
    let mut text = String::from("Line: mean over the finished runs that did not diverge");
    if report.plan.seeds.len() > 1 {
        text += "; band: from the lowest to the highest of them (not a confidence interval)";
    }
    let runs = || scores.arms.iter().flat_map(|arm| report.runs_of(arm.condition));
    text += "; thin lines: single runs";
    if runs().any(|run| matches!(run.state, State::Diverged { .. })) {
        text += ", a cross where one diverged";
    }
    if scores.arms.len() > figure::MANY {
        text += "; grey: the middle half and the middle eight tenths of the means of all arms";
    }
    text + "."
}
