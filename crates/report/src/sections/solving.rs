//! Which arms solved a task, and after how many steps.

use crate::document::{Block, Cell, Table};
use crate::figure::survival;
use crate::format::{NONE, count};
use crate::model::Report;
use crate::scores::TaskScores;
use crate::solving::Solving;

/// The table; nothing where the task does not say when it is solved.
pub(super) fn blocks(report: &Report, scores: &TaskScores, name: &str) -> Vec<Block> {
    if scores.arms.iter().all(|arm| arm.solving.is_none()) {
        return Vec::new();
    }
    let headings = [
        "Arm",
        "#solved",
        "#share, 95 % Wilson interval",
        "#steps to solve, median",
        "#95 % interval of the median",
        "#never solved",
    ];
    let mut table = Table::new(&headings);
    for arm in &scores.arms {
        let Some(solving) = &arm.solving else { continue };
        let &Solving { rate, interval, median, median_interval, ref times, .. } = solving;
        let never = times.iter().filter(|it| !it.happened).count();
        let steps = |at: f64| count(at as u64);
        table.row(vec![
            Cell::from(&report.plan.arms[arm.arm].name),
            format!("{}/{}", rate.hits, rate.of).into(),
            interval.map_or(NONE.into(), |it| format!("{:.2} to {:.2}", it.low, it.high).into()),
            match (median, times.is_empty()) {
                (_, true) => NONE.into(),
                (None, _) => "never".into(),
                (Some(median), _) => steps(median).into(),
            },
            median_interval.map_or(NONE.into(), |(low, high)| {
                let high = high.map_or_else(|| "never".into(), steps);
                format!("{} to {high}", steps(low)).into()
            }),
            format!("{never} of {}", times.len()).into(),
        ]);
    }
    let mut blocks = vec![Block::Table(table)];
    let about =
        "Share of runs whose validation score has not counted as solved yet (Kaplan and Meier).";
    blocks.extend(Block::figure(format!("{name}-solving"), survival(report, scores), about));
    blocks
}
