//! `[grid]`: keys that vary, every value with every other.

use crate::key::checker::Checker;
use crate::key::reference::Section;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::{self, Axis};
use crate::section::task::TaskDraft;
use crate::text::origin::Part;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "grid", on_command_line: OnCommandLine::KeyByKey, describe };

/// Reads `[grid]`.
pub(crate) fn read(node: &Node, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Vec<Axis> {
    let Some(table) = checker.table("[grid]", node) else { return Vec::new() };
    axis::lists(table, Part::Grid, "[grid]", tasks, checker)
}

/// Its keys are those of other sections.
fn describe(_: &Vocabulary) -> Vec<Section> {
    Vec::new()
}
