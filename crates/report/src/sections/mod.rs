//! The report as a document: one function per section, in the order in which they are read.

mod answer;
mod asked;
mod gradients;
mod ran;
mod reading;
mod results;
mod solving;
mod traced;
mod verdicts;

use crate::document::{Block, Document, Line, Section};
use crate::model::Report;
pub(crate) use results::{metric_heading, metric_name, weights};

/// The whole report: the answer, what was compared, the results; then the proof, which a page
/// keeps folded.
pub(crate) fn document(report: &Report) -> Document {
    let mut sections = vec![answer::section(report), asked::section(report)];
    sections.extend(results::sections(report));
    sections.extend(gradients::section(report));
    sections.push(limits(report));
    sections.extend(verdicts::section(report));
    sections.push(ran::section(report));
    sections.push(reading::section(report));
    sections.push(traced::section(report));
    Document { title: report.plan.experiment.clone(), sections }
}

fn limits(report: &Report) -> Section {
    let limits = report.limits.iter().map(Line::from).collect();
    Section { heading: "Limits".into(), blocks: vec![Block::List(limits)], folded: false }
}
