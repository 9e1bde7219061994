//! `[[claim]]`: sentences that the data may refute.

use schema::Key;
use serde_json::Value;

use crate::section::checker::Checker;
use crate::section::setting::Word;
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape, Table};

/// A `[[claim]]` as it is written.
pub(crate) struct ClaimDraft {
    pub place: Place,
    pub text: Option<Word>,
    pub left: Option<Word>,
    pub right: Option<Word>,
    pub expect: Option<Word>,
    pub margin: Option<(f64, Place)>,
    pub metric: Option<Word>,
    pub tasks: Vec<Word>,
}

/// Reads one `[[claim]]`.
pub(crate) fn read(node: &Node, table: &Table, checker: &mut Checker<'_>) -> ClaimDraft {
    for (name, node) in &table.entries {
        if !words::CLAIM.contains(&name.as_str()) {
            checker.unknown(name, node, "[[claim]]", words::CLAIM);
        }
    }
    let mut required = |key: &Key| {
        let Some(found) = table.get(key.name) else {
            let message = format!("a [[claim]] has no `{}`", key.name);
            checker.report(Problem::new(
                node.place,
                message,
                "here",
                crate::section::checker::takes(key),
            ));
            return None;
        };
        checker.word(key.name, key, found)
    };
    ClaimDraft {
        place: node.place,
        text: required(&words::CLAIM_TEXT),
        left: required(&words::CLAIM_LEFT),
        right: required(&words::CLAIM_RIGHT),
        expect: required(&words::CLAIM_EXPECT),
        margin: table.get("margin").and_then(|node| {
            let margin = checker.value("margin", &words::CLAIM_MARGIN, node)?.as_f64()?;
            Some((margin, node.place))
        }),
        metric: table
            .get("metric")
            .and_then(|node| checker.word("metric", &words::CLAIM_METRIC, node)),
        tasks: table.get("tasks").map_or_else(Vec::new, |node| tasks(node, checker)),
    }
}

/// One label or a list of them.
fn tasks(node: &Node, checker: &mut Checker<'_>) -> Vec<Word> {
    let items = match &node.shape {
        Shape::List(items) if !items.is_empty() => items.as_slice(),
        Shape::Scalar(Value::String(_)) => std::slice::from_ref(node),
        _ => {
            let message = "`tasks` needs labels of tasks";
            let help = "write tasks = [\"adding\"], or leave it out for all tasks";
            checker.report(Problem::new(
                node.place,
                message,
                format!("found {}", node.found()),
                help,
            ));
            return Vec::new();
        }
    };
    items.iter().filter_map(|item| checker.word("tasks", &words::CLAIM_TASK, item)).collect()
}
