//! The first screen: what was asked, and the answer with how sure it is.

use crate::answer;
use crate::document::{Block, Line, Section};
use crate::figure::forest;
use crate::model::Report;
use crate::sections::verdicts;

/// Tasks that the figure of the first screen shows.
const FIGURES: usize = 3;

pub(super) fn section(report: &Report) -> Section {
    let mut blocks = Vec::new();
    if !report.plan.question.trim().is_empty() {
        blocks.push(Block::Text(Line::from("Question: ").text(&report.plan.question)));
    }
    for sentence in answer::sentences(report) {
        blocks.push(Block::Text(Line::default().strong(sentence)));
    }
    blocks.extend(verdicts::table(report));
    let tasks =
        report.tasks.iter().filter(|task| task.arms.iter().any(|arm| arm.difference().is_some()));
    let tasks: Vec<_> = tasks.take(FIGURES).collect();
    let caption = "Mean difference from the baseline, with its 95 % paired t-interval, which is not \
                   corrected for the number of arms; a difference counts as found by p, in the \
                   tables below.";
    blocks.extend(Block::figure("differences".into(), forest(report, &tasks), caption));
    if let Some(first) = report.limits.first() {
        blocks.push(Block::Text(Line::from("Before anything else: ").text(first)));
    }
    Section { heading: "Answer".into(), blocks, folded: false }
}
