//! `exclude`: points that are left out.

use schema::{Key, Kind};
use serde_json::Value;

use crate::key::checker::Checker;
use crate::key::reference::{Default as Unless, Row, Section, of, said, section};
use crate::key::setting::Setting;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::leaves;
use crate::section::task::TaskDraft;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape};

/// The section.
pub(crate) const ABOUT: About = About {
    name: "exclude",
    on_command_line: OnCommandLine::Refused {
        message: "`exclude` cannot be given on the command line",
        help: "edit the file",
    },
    describe,
};

/// `arm` of an `exclude`.
pub(crate) const EXCLUDED_ARM: Key =
    Key::optional("arm", Kind::Text, "The arm whose points are left out; all arms unless given.");

/// Points that are left out: those with all of these values.
#[derive(Clone)]
pub(crate) struct Exclude {
    pub place: Place,
    /// Name of the arm that it is about; all arms if it names none.
    pub arm: Option<(String, Place)>,
    pub values: Vec<Excluded>,
}

/// One value of an [`Exclude`].
#[derive(Clone)]
pub(crate) struct Excluded {
    pub key: String,
    pub value: Option<Value>,
    /// What the key is where nothing sets it.
    pub default: Option<Value>,
}

impl Exclude {
    pub fn is_of_tasks(&self) -> bool {
        self.values.iter().any(|value| value.key.starts_with("task."))
    }

    /// Whether the settings, the later layers above the earlier, have all of its values.
    pub fn holds_for(&self, layers: &[&[Setting]]) -> bool {
        self.values.iter().all(|excluded| {
            let set =
                layers.iter().rev().find_map(|l| l.iter().rev().find(|s| s.key == excluded.key));
            let value = set.map_or(&excluded.default, |setting| &setting.value);
            value == &excluded.value
        })
    }
}

/// Reads `exclude`.
pub(crate) fn read(node: &Node, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Vec<Exclude> {
    let mut excludes = Vec::new();
    for (node, table) in checker.tables("`exclude`", node) {
        let before = checker.problems.len();
        let mut rest = table.clone();
        let arm = rest.remove("arm").and_then(|node| {
            let word = checker.word("arm", &EXCLUDED_ARM, &node)?;
            Some((word.text, word.place))
        });
        let mut values = Vec::new();
        for leaf in leaves(&rest, "`exclude`", tasks, checker) {
            if matches!(leaf.node.shape, Shape::List(_)) {
                let message = format!("`{}` in `exclude` needs one value", leaf.key);
                let help = "write one table for each combination that is left out";
                checker.report(Problem::new(leaf.node.place, message, "found a list", help));
                continue;
            }
            let setting = leaf.setting(leaf.node, Part::Exclude, checker);
            let default = leaf.default();
            values.push(Excluded { key: setting.key, value: setting.value, default });
        }
        // With a value missing it would leave out more than is meant.
        if checker.problems.len() == before {
            excludes.push(Exclude { place: node.place, arm, values });
        }
    }
    excludes
}

fn rows() -> Vec<Row> {
    let key = "Points with all of these values are left out.";
    vec![
        Row { default: Unless::Said("all arms"), ..of(&EXCLUDED_ARM) },
        said("KEY", "one value of a key that varies", Unless::Required, key),
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[[exclude]]", rows())]
}
