//! `[[arm]]`: what is compared with the baseline, by what it changes.

use schema::{Key, Kind};

use crate::key::checker::Checker;
use crate::key::names::check_label;
use crate::key::reference::{Default as Unless, Row, Section, Values, of, said, section};
use crate::key::setting::{Setting, Word};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::{model, train};
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::{Problem, shown};
use crate::tree::value::{Node, Table};

/// The section.
pub(crate) const ABOUT: About = About {
    name: "arm",
    on_command_line: OnCommandLine::Refused {
        message: "arms cannot be changed on the command line",
        help: "change [model] or [train] for all arms, or edit the file",
    },
    describe,
};

/// Keys of an `[[arm]]`.
pub(crate) const ARM: [&str; 4] = ["name", "model", "train", "backend"];
/// `name` of an `[[arm]]`.
pub(crate) const ARM_NAME: Key = Key::required("name", Kind::Text, "Names the arm in the report.");

/// An `[[arm]]`.
pub(crate) struct ArmDraft {
    /// Its header.
    pub place: Place,
    /// `None` if it is missing or wrong, which is a problem already.
    pub name: Option<Word>,
    pub settings: Vec<Setting>,
}

/// Reads every `[[arm]]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Vec<ArmDraft> {
    let tables = checker.tables("[[arm]]", node);
    tables.into_iter().map(|(node, table)| one(node, table, checker)).collect()
}

fn one(node: &Node, table: &Table, checker: &mut Checker<'_>) -> ArmDraft {
    let before = checker.problems.len();
    let mut arm = ArmDraft { place: node.place, name: None, settings: Vec::new() };
    for (name, node) in &table.entries {
        match name.as_str() {
            "name" => {
                arm.name = checker.word("name", &ARM_NAME, node);
                check_label(arm.name.as_ref(), "`name` of an arm", checker);
            }
            "backend" => {
                let key = checker.words.backend;
                arm.settings.push(checker.setting("", &key, node, Part::Arm));
            }
            "model" => arm.settings.extend(model::settings(node, Part::Arm, checker)),
            "train" => arm.settings.extend(train::settings(node, Part::Arm, checker)),
            _ => checker.unknown(name, node, "[[arm]]", ARM),
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

fn rows() -> Vec<Row> {
    let baseline = || Unless::Said("the baseline's");
    let table = |name: &str| Values::Said(format!("a table of keys of [{name}]"));
    let doc = "What differs from the baseline; at least one key of the three.";
    vec![
        of(&ARM_NAME),
        said("model", table("model"), baseline(), doc),
        said("train", table("train"), baseline(), "As above."),
        said("backend", "a word of `backend`", baseline(), "As above."),
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[[arm]]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), ARM);
    }
}
