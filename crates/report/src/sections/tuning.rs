//! Whether the arms were tuned alike, and what that found.

use text::counted;

use crate::ReportError;
use crate::document::{Block, Cell, Line, Section, Table};
use crate::figure::{best_of, sensitivity};
use crate::format::{NONE, duration, option, percent, plain};
use crate::model::Report;
use crate::tuned::Tuned;

/// The section; none without `[tune]`.
pub(super) fn section(report: &Report, names: &[String]) -> Result<Option<Section>, ReportError> {
    let Some(tuning) = &report.plan.tuning else { return Ok(None) };
    let keys: Vec<String> = tuning.over.iter().map(|it| it.key.clone()).collect();
    let space =
        tuning.over.iter().fold(Line::from("Tried for every arm on every task: "), |line, it| {
            let values: Vec<String> = it.values.iter().map(option).collect();
            line.code(&it.key).text(format!(" at {}; ", values.join(", ")))
        });
    let space = space.text(format!(
        "every combination, {} a candidate, on seeds that no replicate uses. The best on validation \
         was chosen; test data had no part in it.",
        counted(tuning.seeds.len(), "seed")
    ));
    let mut blocks = vec![Block::Text(space), Block::Table(table(report, &keys)?)];
    blocks.extend(importance(report, &keys));
    for (task, name) in names.iter().enumerate() {
        blocks.extend(Block::figure(
            format!("{name}-sensitivity"),
            sensitivity(report, task),
            "The best validation score at each value that was tried, whatever the others. A best \
             value at an end may not be the best there is.",
        ));
        blocks.extend(Block::figure(
            format!("{name}-trials"),
            best_of(report, task)?,
            "What so many trials would have found on average (unbiased estimate). Lines that cross \
             say that the order of the arms depends on the tuning budget.",
        ));
    }
    Ok(Some(Section { heading: "Tuning".into(), blocks, folded: false }))
}

/// Which of several keys the scores depend on.
fn importance(report: &Report, keys: &[String]) -> Vec<Block> {
    let explained = |tuned: &Tuned| Some((tuned.condition, tuned.importance()?));
    let all: Vec<_> = report.tuned.iter().filter_map(explained).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let cell = |share: f64| Cell::from(percent(share));
    let own = keys.iter().map(|key| format!("#{key} alone"));
    let own: Vec<String> = own.collect();
    let own = own.iter().map(String::as_str);
    let headings: Vec<&str> =
        ["Task", "Arm"].into_iter().chain(own).chain(["#only together"]).collect();
    let mut table = Table::new(&headings);
    for (condition, (shares, rest)) in &all {
        let condition = &report.plan.conditions[*condition];
        let names = [
            Cell::from(&report.plan.tasks[condition.task].label),
            Cell::from(&report.plan.arms[condition.arm].name),
        ];
        let numbers = shares.iter().chain([rest]).map(|&share| cell(share));
        table.row(names.into_iter().chain(numbers).collect());
    }
    let percent_of = |sum: f64| 100.0 * sum / all.len() as f64;
    let named = keys.iter().enumerate().map(|(index, key)| {
        let sum = all.iter().map(|(_, (shares, _))| shares[index]).sum();
        format!("{key} {:.0} %", percent_of(sum))
    });
    let about = format!(
        "Which setting matters: of the variance of the validation scores over all that was tried each \
         explains alone, on average, {}, and {:.0} % only together with others (functional analysis of \
         variance; noise between runs is part of that). By task and arm:",
        named.collect::<Vec<_>>().join(", "),
        percent_of(all.iter().map(|(_, (_, rest))| rest).sum())
    );
    vec![Block::Text(about.into()), Block::Table(table)]
}

fn table(report: &Report, keys: &[String]) -> Result<Table, ReportError> {
    let chosen: Vec<String> = keys.iter().map(|key| format!("#{key}, chosen")).collect();
    let headings = ["Task", "Arm", "#trials", "#without a score"];
    let rest = ["#validation score of the chosen", "#computing time", "At an edge"];
    let headings: Vec<&str> =
        headings.into_iter().chain(chosen.iter().map(String::as_str)).chain(rest).collect();
    let mut table = Table::new(&headings);
    for tuned in &report.tuned {
        let condition = &report.plan.conditions[tuned.condition];
        let Tuned { trials, seconds, edges, .. } = tuned;
        let scored = tuned.scores()?.values().len();
        let chosen = tuned.chosen.and_then(|it| trials.get(it));
        let mut cells: Vec<Cell> = vec![
            (&report.plan.tasks[condition.task].label).into(),
            (&report.plan.arms[condition.arm].name).into(),
            trials.len().to_string().into(),
            (trials.len() - scored).to_string().into(),
        ];
        cells.extend((0..keys.len()).map(|index| {
            let value = chosen.and_then(|it| it.values.get(index)).map(option);
            Cell::from(value.unwrap_or_else(|| NONE.into()))
        }));
        let score = chosen.and_then(|it| it.score).map_or_else(|| NONE.to_owned(), plain);
        cells.push(score.into());
        cells.push(duration(*seconds).into());
        cells.push(edges.join(", ").into());
        table.row(cells);
    }
    Ok(table)
}
