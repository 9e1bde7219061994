//! All tasks together.

use crate::ReportError;
use crate::across::{AllTasks, OverTasks, over_tasks, record};
use crate::document::{Block, Cell, Section, Table};
use crate::figure::{MANY, profile};
use crate::format::{NONE, interval, list, plain};
use crate::model::Report;

/// The section; none for a single task.
pub(super) fn section(report: &Report) -> Result<Option<Section>, ReportError> {
    let Some(AllTasks { tasks, arms }) = over_tasks(report)? else { return Ok(None) };
    let labels: Vec<&str> = tasks.iter().map(|&it| report.plan.tasks[it].label.as_str()).collect();
    let about = format!(
        "Scores of {} on one scale: 0 is the trivial prediction, 1 is perfect (a loss of 0, an \
         accuracy of 1). That scale is a choice: another one weighs the tasks differently. A \
         diverged run counts as the trivial prediction.",
        list(&labels)
    );
    let mut blocks = vec![Block::Text(about.into()), Block::Table(means(report, &labels, &arms))];
    if arms.iter().all(|arm| arm.mean.is_none_or(|it| it.1.is_none())) {
        let fewest = analysis::FEWEST;
        let why = format!("The interquartile mean has an interval from {fewest} runs a task on.");
        blocks.push(Block::Text(why.into()));
    }
    let caption = "Share of runs whose score is at least so much, every task counted alike. A line \
                   that is above another everywhere is better whatever the threshold.";
    blocks.extend(Block::figure("profile".into(), profile(report, &arms), caption));
    if arms.len() <= MANY {
        blocks.push(Block::Text(
            "On how many tasks the arm of the row has the better, the same and the worse mean than \
             that of the column:"
                .into(),
        ));
        blocks.push(Block::Table(records(report, &arms)));
    }
    Ok(Some(Section { heading: "All tasks together".into(), blocks, folded: false }))
}

fn name<'a>(report: &'a Report, arm: &OverTasks) -> &'a str {
    &report.plan.arms[arm.arm].name
}

fn means(report: &Report, labels: &[&str], arms: &[OverTasks]) -> Table {
    let of_tasks: Vec<String> = labels.iter().map(|it| format!("#mean on {it}")).collect();
    let headings = ["Arm", "#interquartile mean", "#95 % bootstrap interval"];
    let headings: Vec<&str> =
        headings.into_iter().chain(of_tasks.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for arm in arms {
        let range = arm.mean.and_then(|it| it.1);
        let mut cells: Vec<Cell> = vec![
            name(report, arm).into(),
            arm.mean.map_or(NONE.into(), |it| plain(it.0).into()),
            range.map_or(NONE.into(), |it| interval(it.low, it.high).into()),
        ];
        cells.extend(
            arm.scores.iter().map(|scores| {
                scores.summary().map_or(Cell::from(NONE), |it| plain(it.mean).into())
            }),
        );
        table.row(cells);
    }
    table
}

fn records(report: &Report, arms: &[OverTasks]) -> Table {
    let headings: Vec<String> = arms.iter().map(|arm| format!("#{}", name(report, arm))).collect();
    let headings: Vec<&str> =
        std::iter::once("Arm").chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for arm in arms {
        let against = |other: &OverTasks| -> Cell {
            if other.arm == arm.arm {
                return NONE.into();
            }
            record(arm, other).map(|it| it.to_string()).join("–").into()
        };
        let cells = std::iter::once(name(report, arm).into()).chain(arms.iter().map(against));
        table.row(cells.collect());
    }
    table
}
