//! What ran and what did not.

use std::fmt::Write as _;

use text::counted;

use crate::accounting::Counts;
use crate::document::{Block, Cell, Line, Section, Table};
use crate::format::duration;
use crate::model::Report;
use crate::runs::{Run, State};

pub(super) fn section(report: &Report) -> Section {
    let mut blocks = vec![Block::Text(overview(report)), Block::Table(counts(report))];
    let others = others(report);
    if !others.rows.is_empty() {
        blocks.push(Block::Text("Runs that are in no mean:".into()));
        blocks.push(Block::Table(others));
    }
    let problems: Vec<Line> = report.runs.iter().flat_map(problems).collect();
    if !problems.is_empty() {
        blocks.push(Block::Text("Files that could not be used:".into()));
        blocks.push(Block::List(problems));
    }
    let unplanned = &report.accounting.unplanned;
    if !unplanned.is_empty() {
        blocks.push(Block::Text(
            "Folders that the plan does not name; they are in no number of this report:".into(),
        ));
        let folder = |name: &String| Line::default().code(format!("runs/{name}"));
        blocks.push(Block::List(unplanned.iter().map(folder).collect()));
    }
    Section { heading: "What ran and what did not".into(), blocks, folded: true }
}

fn overview(report: &Report) -> Line {
    let accounting = &report.accounting;
    let Counts { planned, finished, diverged, at_rung, .. } = accounting.total;
    let stopped = match at_rung {
        0 => String::new(),
        _ => format!(", {at_rung} were stopped at a rung (successive halving)"),
    };
    let decided = match accounting.total.not_needed {
        0 => String::new(),
        count => format!(", {count} were not needed since what they would decide is decided"),
    };
    let mut text = format!(
        "Of {}, {finished} finished, {diverged} diverged{stopped}{decided}; without a result: {}. \
         Compute time of the runs with a result: {}",
        counted(planned, "planned run"),
        accounting.total.unknown(),
        duration(accounting.finished_seconds)
    );
    if accounting.unfinished_seconds > 0.0 {
        let more = duration(accounting.unfinished_seconds);
        let _ = write!(text, "; of the others so far, by their events: {more}");
    }
    Line::from(text + ".")
}

fn counts(report: &Report) -> Table {
    let halved = report.plan.halving.is_some() || report.accounting.total.at_rung > 0;
    let mut headings = vec!["Task", "Arm", "#planned", "#finished", "#diverged"];
    headings.extend(halved.then_some("#stopped at a rung"));
    headings.extend(["#failed", "#stopped", "#running", "#missing"]);
    let adaptive = report.plan.rounds.is_some();
    headings.extend(adaptive.then_some("#not needed"));
    let mut table = Table::new(&headings);
    let cells = |task: &str, arm: &str, counts: &Counts| -> Vec<Cell> {
        let Counts { planned, finished, diverged, at_rung, failed, .. } = *counts;
        let Counts { stopped, running, missing, not_needed, .. } = *counts;
        let mut numbers = vec![planned, finished, diverged];
        numbers.extend(halved.then_some(at_rung));
        numbers.extend([failed, stopped, running, missing]);
        numbers.extend(adaptive.then_some(not_needed));
        let numbers = numbers.into_iter().map(|it| it.to_string().into());
        [task, arm].map(Cell::from).into_iter().chain(numbers).collect()
    };
    for (condition, counts) in report.plan.conditions.iter().zip(&report.accounting.conditions) {
        let task = &report.plan.tasks[condition.task].label;
        table.row(cells(task, &report.plan.arms[condition.arm].name, counts));
    }
    table.aside(cells("all", "", &report.accounting.total));
    table
}

fn others(report: &Report) -> Table {
    let mut table = Table::new(&["Task", "Arm", "#Seed", "State", "Why", "Folder"]);
    for run in &report.runs {
        if matches!(run.state, State::Completed { .. } | State::NotNeeded) {
            continue;
        }
        table.row(vec![
            (&report.plan.tasks[run.task].label).into(),
            (&report.plan.arms[run.arm].name).into(),
            run.seed.to_string().into(),
            run.state.word().into(),
            run.state.reason().unwrap_or_default().into(),
            Line::default().code(&run.folder).into(),
        ]);
    }
    table
}

fn problems(run: &Run) -> impl Iterator<Item = Line> {
    let line = |problem: &String| Line::default().code(&run.folder).text(format!(": {problem}"));
    run.problems.iter().map(line)
}
