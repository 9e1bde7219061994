//! `[[arm]]` as it is written.

use crate::Part;
use crate::section::checker::Checker;
use crate::section::naming::check_label;
use crate::section::setting::{Setting, Word};
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::{Problem, shown};
use crate::tree::node::{Node, Table};

/// An `[[arm]]`.
pub(crate) struct ArmDraft {
    /// Its header.
    pub place: Place,
    /// `None` if it is missing or wrong, which is a problem already.
    pub name: Option<Word>,
    pub settings: Vec<Setting>,
}

/// Reads one `[[arm]]`.
pub(crate) fn read(node: &Node, table: &Table, checker: &mut Checker<'_>) -> ArmDraft {
    let before = checker.problems.len();
    let mut arm = ArmDraft { place: node.place, name: None, settings: Vec::new() };
    for (name, node) in &table.entries {
        match name.as_str() {
            "name" => {
                arm.name = checker.word("name", &words::ARM_NAME, node);
                check_label(arm.name.as_ref(), "`name` of an arm", checker);
            }
            "backend" => {
                let key = checker.words.backend;
                arm.settings.push(checker.setting("", &key, node, Part::Arm));
            }
            "model" => arm.settings.extend(checker.model(node, Part::Arm)),
            "train" => arm.settings.extend(checker.train(node, Part::Arm)),
            _ => checker.unknown(name, node, "[[arm]]", words::ARM),
        }
    }
    if arm.settings.is_empty() && checker.problems.len() == before {
        let name = arm.name.as_ref().map_or("", |word| word.text.as_str());
        checker.report(Problem::new(
            node.place,
            format!("arm \"{}\" changes nothing", shown(name)),
            "here",
            "give it a change, such as model.hidden = 128; [model] alone is an arm already",
        ));
    }
    if table.get("name").is_none() {
        let help = "add a line name = \"…\"";
        checker.report(Problem::new(node.place, "an [[arm]] has no `name`", "here", help));
    }
    arm
}
