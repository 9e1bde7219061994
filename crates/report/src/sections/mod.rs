//! The report as a document: one function per section.

mod asked;
mod gradients;
mod ran;
mod reading;
mod results;
mod traced;

use crate::document::{Block, Document, Line};
use crate::model::Report;
pub(crate) use results::{metric_heading, weights};

/// The whole report.
pub(crate) fn document(report: &Report) -> Document {
    let mut blocks = Vec::new();
    blocks.extend(asked::section(report));
    blocks.extend(ran::section(report));
    blocks.extend(results::sections(report));
    blocks.extend(gradients::section(report));
    blocks.extend(reading::section(report));
    blocks.extend(limits(report));
    blocks.extend(traced::section(report));
    Document { title: report.plan.experiment.clone(), blocks }
}

fn limits(report: &Report) -> Vec<Block> {
    let limits = report.limits.iter().map(Line::from).collect();
    vec![Block::Heading("Limits".into()), Block::List(limits)]
}
