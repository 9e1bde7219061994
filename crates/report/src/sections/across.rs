//! All tasks together.

use analysis::PAIRS_NEEDED;

use crate::across::{AllTasks, OverTasks};
use crate::document::{Block, Cell, Section, Table};
use crate::figure::{profile, ranks};
use crate::format::{NONE, difference, interval, list, p_value, percent, plain};
use crate::model::Report;

/// The section.
pub(super) fn section(report: &Report, all: &AllTasks) -> Section {
    let tasks = all.tasks.iter();
    let labels: Vec<&str> = tasks.map(|&it| report.plan.tasks[it].label.as_str()).collect();
    let about = format!(
        "Scores of {} on one scale: 0 is the trivial prediction, 1 is perfect (a loss of 0, an \
         accuracy of 1). That scale is a choice: another one weighs the tasks differently. A \
         diverged run counts as the trivial prediction.",
        list(&labels)
    );
    let mut blocks = vec![Block::Text(about.into()), Block::Table(means(report, &labels, all))];
    let mut notes = vec![format!(
        "The optimality gap is how far the scores fall short of 1, on average; “better in” is the \
         share of seeds in which the arm is better than {}, the mean over tasks.",
        report.plan.baseline
    )];
    if all.arms.iter().all(|arm| arm.mean.is_none_or(|it| it.1.is_none())) {
        let fewest = analysis::FEWEST;
        notes.push(format!("Both have an interval from {fewest} runs a task on."));
    }
    blocks.push(Block::Text(notes.join(" ").into()));
    let caption = "Share of runs whose score is at least so much, every task counted alike. A line \
                   that is above another everywhere is better whatever the threshold.";
    blocks.extend(Block::figure("profile".into(), profile(report, &all.arms), caption));
    if !all.pairs.is_empty() {
        blocks.push(Block::Text(
            "On how many tasks the arm of the row has the better, the same and the worse mean than \
             that of the column, by how much on average, and the p of Wilcoxon's signed-rank test over \
             tasks, corrected over all pairs of arms (Holm):"
                .into(),
        ));
        blocks.push(Block::Table(records(report, all)));
    }
    if let Some(ranked) = &all.ranked {
        let caption = "Mean rank of each arm over all tasks, the best one first. A bar joins arms that \
                       the test above does not tell apart.";
        blocks.extend(Block::figure("ranks".into(), ranks(report, &all.arms, ranked), caption));
    }
    Section { heading: "All tasks together".into(), blocks, folded: false }
}

fn name<'a>(report: &'a Report, arm: &OverTasks) -> &'a str {
    &report.plan.arms[arm.arm].name
}

/// Of more tasks the means are not repeated here: each has a table of its own.
const COLUMNS: usize = 6;

fn means(report: &Report, labels: &[&str], all: &AllTasks) -> Table {
    let labels = if labels.len() > COLUMNS { &[] } else { labels };
    let of_tasks: Vec<String> = labels.iter().map(|it| format!("#mean on {it}")).collect();
    let headings =
        ["Arm", "#interquartile mean", "#95 %", "#optimality gap", "#95 %", "#better in"];
    let headings: Vec<&str> =
        headings.into_iter().chain(of_tasks.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for arm in &all.arms {
        let mut cells: Vec<Cell> = vec![name(report, arm).into()];
        for statistic in [arm.mean, arm.gap] {
            cells.push(statistic.map_or(NONE.into(), |it| plain(it.0).into()));
            let range = statistic.and_then(|it| it.1);
            cells.push(range.map_or(NONE.into(), |it| interval(it.low, it.high).into()));
        }
        cells.push(arm.better.map_or(NONE.into(), |it| percent(it).into()));
        cells.extend(
            arm.scores.iter().take(labels.len()).map(|scores| {
                scores.summary().map_or(Cell::from(NONE), |it| plain(it.mean).into())
            }),
        );
        table.row(cells);
    }
    table
}

fn records(report: &Report, all: &AllTasks) -> Table {
    let arms = &all.arms;
    let headings: Vec<String> = arms.iter().map(|arm| format!("#{}", name(report, arm))).collect();
    let headings: Vec<&str> =
        std::iter::once("Arm").chain(headings.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    for (row, arm) in arms.iter().enumerate() {
        let against = |column: usize| -> Cell {
            let record = match all.pairs.get(&(row.min(column), row.max(column))) {
                Some(record) if row < column => *record,
                Some(record) => record.turned(),
                None => return NONE.into(),
            };
            let counts = record.counts.map(|it| it.to_string()).join("–");
            let by =
                record.difference.map_or_else(String::new, |it| format!("; {}", difference(it)));
            // With fewer tasks the test cannot find anything.
            let enough = record.counts.iter().sum::<usize>() >= PAIRS_NEEDED;
            let p = record.p.filter(|_| enough);
            let p = p.map_or_else(String::new, |p| format!("; {}", p_value(p)));
            format!("{counts}{by}{p}").into()
        };
        let cells = std::iter::once(name(report, arm).into()).chain((0..arms.len()).map(against));
        table.row(cells.collect());
    }
    table
}
