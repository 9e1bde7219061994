//! `[zip]`: keys that vary together.

use crate::key::checker::Checker;
use crate::key::reference::Section;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::{self, Axis};
use crate::section::task::TaskDraft;
use crate::text::origin::Part;
use crate::text::problem::Problem;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "zip", on_command_line: OnCommandLine::KeyByKey, describe };

/// Reads `[zip]`: lists of one length.
pub(crate) fn read(node: &Node, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Vec<Axis> {
    let Some(table) = checker.table("[zip]", node) else { return Vec::new() };
    let axes = axis::lists(table, Part::Zip, "[zip]", tasks, checker);
    let (Some(first), rest) = (axes.first(), axes.iter().skip(1)) else { return axes };
    for axis in rest.filter(|axis| axis.values.len() != first.values.len()) {
        let message = format!(
            "the lists of [zip] are not of one length: `{}` has {}, `{}` has {}",
            first.key,
            first.values.len(),
            axis.key,
            axis.values.len()
        );
        let help = "[zip] takes the first values together, then the second, and so on; for every \
                    value with every other, write [grid]";
        let problem = Problem::new(axis.place, message, "another length", help);
        checker.report(problem.and(first.place, "the first list"));
    }
    axes
}

/// Its keys are those of other sections.
fn describe(_: &Vocabulary) -> Vec<Section> {
    Vec::new()
}
