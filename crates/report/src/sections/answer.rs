//! The first screen: what was asked, and the answer with how sure it is.

use crate::answer;
use crate::document::{Block, Line, Section};
use crate::model::Report;
use crate::sections::verdicts;

pub(super) fn section(report: &Report) -> Section {
    let mut blocks = Vec::new();
    if !report.plan.question.trim().is_empty() {
        blocks.push(Block::Text(Line::from("Question: ").text(&report.plan.question)));
    }
    for sentence in answer::sentences(report) {
        blocks.push(Block::Text(Line::default().strong(sentence)));
    }
    blocks.extend(verdicts::table(report));
    if let Some(first) = report.limits.first() {
        blocks.push(Block::Text(Line::from("Before anything else: ").text(first)));
    }
    Section { heading: "Answer".into(), blocks, folded: false }
}
