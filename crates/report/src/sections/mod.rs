//! The report as a document: one function per section, in the order in which they are read.

mod across;
mod answer;
mod asked;
mod gradients;
mod ran;
mod reading;
mod results;
mod solving;
mod traced;
mod tuning;
mod verdicts;

pub(crate) use verdicts::measured;

use crate::ReportError;
use crate::across::AllTasks;
use crate::document::{Block, Document, Line, Section};
use crate::figure::MANY;
use crate::model::Report;
use crate::words::file_names;

/// The whole report: the answer, what was compared, the results; then the proof, which a page
/// keeps folded.
///
/// # Errors
/// [`ReportError::Score`] for a number that no statistic can be computed from.
pub(crate) fn document(
    report: &Report,
    over_tasks: Option<&AllTasks>,
) -> Result<Document, ReportError> {
    let mut sections = vec![answer::section(report), asked::section(report)];
    let names = file_names(&report.plan.tasks);
    for (scores, name) in report.tasks.iter().zip(&names) {
        sections.push(results::section(report, scores, name)?);
    }
    sections.extend(over_tasks.map(|all| across::section(report, all)));
    sections.extend(gradients::section(report, &names)?);
    sections.extend(tuning::section(report, &names)?);
    sections.push(limits(report));
    sections.extend(verdicts::section(report));
    sections.push(ran::section(report));
    sections.push(reading::section(report));
    sections.push(traced::section(report));
    let names = report.plan.arms.iter().map(|arm| arm.name.clone());
    let arms = if report.plan.arms.len() <= MANY { names.collect() } else { Vec::new() };
    Ok(Document { title: report.plan.experiment.clone(), arms, sections })
}

fn limits(report: &Report) -> Section {
    let limits = report.limits.iter().map(Line::from).collect();
    Section { heading: "Limits".into(), blocks: vec![Block::List(limits)], folded: false }
}
