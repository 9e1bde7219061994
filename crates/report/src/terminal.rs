//! The results as plain text.

use std::fmt::Write as _;

use text::counted;
use text::terminal;

use crate::answer;
use crate::format::{NONE, mean, mean_difference, p_value, plain};
use crate::model::Report;
use crate::scores::TaskScores;
use crate::verdict::Judged;
use crate::words::{metric_heading, weights};

/// Limits shown, the most important ones.
const LIMITS: usize = 2;

/// The results as plain text, for a terminal: the table of each task, what ran, and the
/// two most important limits. Without the figures and the small print of the report.
pub fn table(report: &Report) -> String {
    let total = &report.accounting.total;
    let at_rung = match total.at_rung {
        0 => String::new(),
        count => format!("{count} stopped at a rung, "),
    };
    let mut out = format!(
        "{}: {} of {} finished, {} diverged, {at_rung}{} without a result\n",
        terminal(&report.plan.experiment),
        total.finished,
        counted(total.planned, "run"),
        total.diverged,
        total.unknown()
    );
    for scores in &report.tasks {
        let task = &report.plan.tasks[scores.task];
        let at = weights(task.metric.at);
        let heading = terminal(&format!("{}: {}, {at}", task.label, metric_heading(task)));
        let _ = write!(out, "\n{heading}\n{}", aligned(&rows(report, scores)));
    }
    out.push('\n');
    for sentence in answer::sentences(report) {
        let _ = writeln!(out, "{}", terminal(&sentence));
    }
    for judged in &report.verdicts {
        let _ = writeln!(out, "{}", claim_line(judged));
    }
    for limit in report.limits.iter().take(LIMITS) {
        let _ = writeln!(out, "\n{}", terminal(limit));
    }
    out
}

/// What the data say of a claim, in one line: `claim supported: GRU is better (p = 0.031)`.
pub fn claim_line(judged: &Judged) -> String {
    let p = judged.p.map_or_else(String::new, |p| format!(" ({})", p_value(p)));
    let text = terminal(&judged.claim.text);
    format!("claim {}: {text}{p}{}", judged.word(), judged.outlook())
}

fn rows(report: &Report, scores: &TaskScores) -> Vec<Vec<String>> {
    let task = &report.plan.tasks[scores.task];
    let solved = task.metric.solved.is_some();
    let halved = scores.arms.iter().any(|arm| arm.counts.at_rung > 0);
    let mut headings = vec!["arm", "mean ± sd", "n", "diverged"];
    headings.extend(halved.then_some("at a rung"));
    headings.extend(solved.then_some("solved"));
    let against = format!("difference to {}", terminal(&report.plan.baseline));
    headings.extend((report.plan.arms.len() > 1).then_some(against.as_str()));
    let mut rows = vec![headings.into_iter().map(str::to_owned).collect::<Vec<_>>()];
    for arm in &scores.arms {
        let mut row = vec![
            terminal(&report.plan.arms[arm.arm].name),
            arm.primary.as_ref().map_or_else(|| NONE.into(), mean),
            arm.counts.finished.to_string(),
            arm.counts.diverged.to_string(),
        ];
        row.extend(halved.then(|| arm.counts.at_rung.to_string()));
        row.extend(arm.solved().map(|rate| format!("{}/{}", rate.hits, rate.of)));
        if report.plan.arms.len() > 1 {
            row.push(arm.difference().as_ref().map_or_else(|| NONE.into(), mean_difference));
        }
        rows.push(row);
    }
    if let Some(&trivial) = task.trivial.get(&task.metric.name) {
        rows.push(vec!["trivial".into(), plain(trivial)]);
    }
    rows
}

/// The rows under each other, two spaces in from the left and between columns.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, &width)| format!("  {cell:width$}"));
        let line: String = cells.collect();
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["arm", "n"], vec!["no gate", "3"], vec!["±"]];
        let rows: Vec<Vec<String>> =
            rows.iter().map(|row| row.iter().map(|&cell| cell.to_owned()).collect()).collect();
        assert_eq!(aligned(&rows), "  arm      n\n  no gate  3\n  ±\n");
    }
}
