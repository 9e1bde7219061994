//! The first screen: what was asked, and the answer with how sure it is.

use store::Source;

use crate::answer;
use crate::document::{Block, Line, Section};
use crate::figure::forest;
use crate::model::Report;
use crate::sections::verdicts;

/// Tasks that the figure of the first screen shows.
const FIGURES: usize = 3;

/// What is put to the test, and where it stands.
fn origin(source: &Source) -> Line {
    let mut line = Line::default();
    if !source.statement.is_empty() {
        line = line.text("Put to the test: ").strong(&source.statement);
    }
    let paper: Vec<_> =
        [&source.paper, &source.place].into_iter().filter(|it| !it.is_empty()).cloned().collect();
    if !paper.is_empty() {
        let before = if source.statement.is_empty() { "After " } else { " After " };
        line = line.text(format!("{before}{}.", paper.join(", ")));
    }
    line
}

pub(super) fn section(report: &Report) -> Section {
    let mut blocks = Vec::new();
    if !report.plan.question.trim().is_empty() {
        blocks.push(Block::Text(Line::from("Question: ").text(&report.plan.question)));
    }
    blocks.extend(report.plan.source.as_ref().map(|source| Block::Text(origin(source))));
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
