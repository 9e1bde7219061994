//! `[[claim]]`: sentences that the data may refute.

use schema::{Choice, Key, Kind};
use serde_json::Value;

use crate::key::checker::{Checker, takes};
use crate::key::reference::{Default as Unless, Row, Section, of, section};
use crate::key::setting::Word;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

/// The section.
pub(crate) const ABOUT: About = About {
    name: "claim",
    on_command_line: OnCommandLine::Refused {
        message: "`claim` cannot be given on the command line",
        help: "edit the file",
    },
    describe,
};

/// Keys of a `[[claim]]`.
pub(crate) const CLAIM: [&str; 9] =
    ["text", "left", "right", "expect", "margin", "metric", "part", "tasks", "published"];
/// `text` of a `[[claim]]`.
pub(crate) const CLAIM_TEXT: Key =
    Key::required("text", Kind::Text, "The sentence that the data may refute.");
/// `left` of a `[[claim]]`.
pub(crate) const CLAIM_LEFT: Key = Key::required("left", Kind::Text, "The arm that is compared.");
/// `right` of a `[[claim]]`.
pub(crate) const CLAIM_RIGHT: Key =
    Key::required("right", Kind::Text, "The arm or the number that it is compared with.");
/// The number that may stand for `right` of a `[[claim]]`.
const CLAIM_NUMBER: Key =
    Key::required("right", Kind::Number { min: f64::MIN, max: f64::MAX }, CLAIM_RIGHT.doc);
/// `expect` of a `[[claim]]`.
pub(crate) const CLAIM_EXPECT: Key = Key::required(
    "expect",
    Kind::OneOf(&[
        Choice { word: "greater", doc: "The metric of `left` is greater than that of `right`." },
        Choice { word: "less", doc: "The metric of `left` is less than that of `right`." },
        Choice { word: "equivalent", doc: "They differ by less than `margin`." },
    ]),
    "What is expected of the metric of `left` against `right`.",
);
/// `margin` of a `[[claim]]`.
pub(crate) const CLAIM_MARGIN: Key = Key::optional(
    "margin",
    Kind::Number { min: 0.0, max: f64::MAX },
    "Smallest difference that counts, in units of the metric.",
);
/// `metric` of a `[[claim]]`.
pub(crate) const CLAIM_METRIC: Key = Key::optional(
    "metric",
    Kind::Text,
    "What is compared: a metric of its tasks, or `\"solved\"` (the share of runs that solve the \
     task; above 0 is that some run does, which one shows), `\"steps_to_solve\"` (runs that never \
     do count with all their steps), `\"parameters\"`, `\"state\"`, `\"multiply_adds\"`, `\"train_seconds\"` or \
     `\"gradient_decay\"` (the change of ln of the gradient's norm with each step of lag, at the \
     last look).",
);
/// An item of `part` of a `[[claim]]`.
pub(crate) const CLAIM_PART: Key = Key::optional(
    "part",
    Kind::Text,
    "The held-out part on which the metric is read, as `length_200`; of several, it holds if it \
     holds on each.",
);
/// An item of `tasks` of a `[[claim]]`.
pub(crate) const CLAIM_TASK: Key =
    Key::optional("tasks", Kind::Text, "Labels of the tasks that it is about; all unless given.");

/// `published` of a `[[claim]]`.
pub(crate) const CLAIM_PUBLISHED: Key = Key::optional(
    "published",
    Kind::Text,
    "What the source reports, for the report to show beside it.",
);

/// The right side of a `[[claim]]` as it is written.
pub(crate) enum Right {
    Arm(Word),
    Number(f64),
}

/// A `[[claim]]` as it is written.
pub(crate) struct ClaimDraft {
    pub place: Place,
    pub text: Option<Word>,
    pub left: Option<Word>,
    pub right: Option<Right>,
    pub expect: Option<Word>,
    pub margin: Option<(f64, Place)>,
    pub metric: Option<Word>,
    pub parts: Vec<Word>,
    pub tasks: Vec<Word>,
    pub published: Option<Word>,
}

/// Reads every `[[claim]]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Vec<ClaimDraft> {
    let tables = checker.tables("[[claim]]", node);
    tables.into_iter().map(|(node, table)| one(node, table, checker)).collect()
}

fn one(node: &Node, table: &Table, checker: &mut Checker<'_>) -> ClaimDraft {
    for (name, node) in &table.entries {
        if !CLAIM.contains(&name.as_str()) {
            checker.unknown(name, node, "[[claim]]", CLAIM);
        }
    }
    let mut given = |key: &Key| {
        let found = table.get(key.name);
        if found.is_none() {
            let message = format!("a [[claim]] has no `{}`", key.name);
            checker.report(Problem::new(node.place, message, "here", takes(key)));
        }
        found
    };
    let [text, left, right, expect] =
        [&CLAIM_TEXT, &CLAIM_LEFT, &CLAIM_RIGHT, &CLAIM_EXPECT].map(&mut given);
    let mut word = |key: &Key, node: Option<&Node>| checker.word(key.name, key, node?);
    ClaimDraft {
        place: node.place,
        text: word(&CLAIM_TEXT, text),
        left: word(&CLAIM_LEFT, left),
        expect: word(&CLAIM_EXPECT, expect),
        metric: word(&CLAIM_METRIC, table.get("metric")),
        published: word(&CLAIM_PUBLISHED, table.get("published")),
        right: right.and_then(|node| self::right(node, checker)),
        margin: table.get("margin").and_then(|node| {
            let margin = checker.value("margin", &CLAIM_MARGIN, node)?.as_f64()?;
            Some((margin, node.place))
        }),
        parts: table.get("part").map_or_else(Vec::new, |node| {
            let help =
                "write part = \"length_200\" or a list of parts, or leave it out for the test part";
            words(&CLAIM_PART, "names of held-out parts", help, node, checker)
        }),
        tasks: table.get("tasks").map_or_else(Vec::new, |node| {
            let help = "write tasks = [\"adding\"], or leave it out for all tasks";
            words(&CLAIM_TASK, "labels of tasks", help, node, checker)
        }),
    }
}

/// The name of an arm or a number.
fn right(node: &Node, checker: &mut Checker<'_>) -> Option<Right> {
    match &node.shape {
        Shape::Scalar(Value::Number(_)) => {
            checker.value("right", &CLAIM_NUMBER, node)?.as_f64().map(Right::Number)
        }
        _ => checker.word("right", &CLAIM_RIGHT, node).map(Right::Arm),
    }
}

/// One word or a list of them.
fn words(key: &Key, needs: &str, help: &str, node: &Node, checker: &mut Checker<'_>) -> Vec<Word> {
    let items = match &node.shape {
        Shape::List(items) if !items.is_empty() => items.as_slice(),
        Shape::Scalar(Value::String(_)) => std::slice::from_ref(node),
        _ => {
            let message = format!("`{}` needs {needs}", key.name);
            let found = format!("found {}", node.found());
            checker.report(Problem::new(node.place, message, found, help));
            return Vec::new();
        }
    };
    items.iter().filter_map(|item| checker.word(key.name, key, item)).collect()
}

fn rows() -> Vec<Row> {
    let margin = Unless::Said("`0`; required for \"equivalent\"");
    let [tasks, parts] = ["a list of labels of tasks", "a name, or a list of names"];
    vec![
        of(&CLAIM_TEXT),
        of(&CLAIM_LEFT),
        Row { values: "the name of an arm, or a number".into(), ..of(&CLAIM_RIGHT) },
        of(&CLAIM_EXPECT),
        Row { default: margin, ..of(&CLAIM_MARGIN) },
        Row { default: Unless::Said("their primary metric"), ..of(&CLAIM_METRIC) },
        Row { values: parts.into(), default: Unless::Said("the test part"), ..of(&CLAIM_PART) },
        Row { values: tasks.into(), default: Unless::Said("all"), ..of(&CLAIM_TASK) },
        of(&CLAIM_PUBLISHED),
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[[claim]]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), CLAIM);
    }
}
