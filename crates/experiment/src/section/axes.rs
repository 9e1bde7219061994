//! `[grid]`, `[zip]` and `[random]` as they are written: keys and the values that they
//! take in turn.

use std::collections::BTreeMap;

use schema::{Key, Kind};
use serde_json::Value;

use crate::Part;
use crate::section::checker::Checker;
use crate::section::random::{Random, Range, Spread};
use crate::section::setting::{Setting, Word};
use crate::section::task::TaskDraft;
use crate::section::words::{self, ARCHITECTURE};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape, Table};

/// A key that varies, and its values in file order.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    /// Dotted, as in the file: `train.learning_rate`.
    pub key: String,
    pub part: Part,
    /// Where the key is written.
    pub place: Place,
    pub values: Vec<Setting>,
}

/// A key of `[model]`, `[train]`, `backend` or the tasks, written in another table.
pub(crate) struct Leaf<'n> {
    pub key: String,
    /// The key; for one of the tasks, that of every kind of task that has it.
    keys: Vec<Key>,
    pub node: &'n Node,
}

impl Axis {
    pub fn is_of_tasks(&self) -> bool {
        self.key.starts_with("task.")
    }
}

impl Leaf<'_> {
    /// Checks one of its values.
    pub fn setting(&self, node: &Node, part: Part, checker: &mut Checker<'_>) -> Setting {
        let origin = checker.sources.origin(node.place, part);
        let mut value = None;
        for key in &self.keys {
            value = checker.value(&self.key, key, node);
            if value.is_none() {
                break;
            }
        }
        Setting { key: self.key.clone(), value, place: node.place, origin }
    }

    /// The key's default.
    pub fn default(&self) -> Option<Value> {
        let [key] = self.keys.as_slice() else { return None };
        let value = Value::from(key.default?);
        Some(key.kind.check(&value).unwrap_or(value))
    }

    fn axis(&self, part: Part, label: &str, checker: &mut Checker<'_>) -> Option<Axis> {
        const MOST: usize = 10_000;
        let items = match &self.node.shape {
            Shape::List(items) if (1..=MOST).contains(&items.len()) => items,
            Shape::List(items) => {
                let message = format!("`{}` in {label} has no usable list", self.key);
                let found = format!("found {} values", items.len());
                let help = format!("a list has from 1 to {MOST} values");
                checker.report(Problem::new(self.node.place, message, found, help));
                return None;
            }
            _ => {
                let message = format!("`{}` in {label} needs a list of values", self.key);
                let found = format!("found {}", self.node.found());
                let help = "write them between brackets: [1, 2]";
                checker.report(Problem::new(self.node.place, message, found, help));
                return None;
            }
        };
        let values: Vec<_> = items.iter().map(|item| self.setting(item, part, checker)).collect();
        let mut seen = BTreeMap::new();
        for setting in &values {
            let Some(value) = &setting.value else { continue };
            if let Some(first) = seen.insert(value.to_string(), setting.place) {
                let message = format!("`{}` in {label} has {value} twice", self.key);
                let problem = Problem::new(setting.place, message, "again", "");
                checker.report(problem.and(first, "first here"));
            }
        }
        Some(Axis { key: self.key.clone(), part, place: self.node.key, values })
    }
}

/// Every leaf of a table that has the shape of the file itself: `model`, `train`, `task`
/// and `backend`.
pub(crate) fn leaves<'n>(
    table: &'n Table,
    label: &str,
    tasks: &[TaskDraft],
    checker: &mut Checker<'_>,
) -> Vec<Leaf<'n>> {
    let words = checker.words;
    let mut leaves = Vec::new();
    for (name, node) in &table.entries {
        match name.as_str() {
            "backend" => {
                leaves.push(Leaf { key: name.clone(), keys: vec![words.backend], node });
            }
            "train" => {
                if let Some(table) = checker.table("[train]", node) {
                    plain(table, "[train]", "train.", words.train, checker, &mut leaves);
                }
            }
            "model" => {
                if let Some(table) = checker.table("[model]", node) {
                    model(table, label, checker, &mut leaves);
                }
            }
            "task" => {
                if let Some(table) = checker.table("`task`", node) {
                    of_tasks(table, tasks, checker, &mut leaves);
                }
            }
            _ => checker.unknown(name, node, label, ["model", "train", "task", "backend"]),
        }
    }
    leaves
}

fn plain<'n>(
    table: &'n Table,
    label: &str,
    prefix: &str,
    keys: &[Key],
    checker: &mut Checker<'_>,
    leaves: &mut Vec<Leaf<'n>>,
) {
    for (name, node) in &table.entries {
        match keys.iter().find(|key| key.name == name) {
            Some(key) => {
                leaves.push(Leaf { key: format!("{prefix}{name}"), keys: vec![*key], node });
            }
            None => checker.unknown(name, node, label, keys.iter().map(|key| key.name)),
        }
    }
}

fn model<'n>(table: &'n Table, label: &str, checker: &mut Checker<'_>, leaves: &mut Vec<Leaf<'n>>) {
    let words = checker.words;
    for (name, node) in &table.entries {
        if let Some(key) = words::MODEL.iter().find(|key| key.name == name) {
            leaves.push(Leaf { key: format!("model.{name}"), keys: vec![*key], node });
        } else if let Some(entry) = words.architecture(name) {
            let label = format!("[model.{name}]");
            if let Some(table) = checker.table(&label, node) {
                plain(table, &label, &format!("model.{name}."), entry.keys, checker, leaves);
            }
        } else if name == "architecture" {
            let message = format!("`{ARCHITECTURE}` cannot be varied in {label}");
            let help = "write one [[arm]] for each architecture; every point is taken for all arms";
            checker.report(Problem::new(node.key, message, "here", help));
        } else {
            let shared = words::MODEL.iter().map(|key| key.name);
            let known = shared.chain(words.architectures.iter().map(|entry| entry.name));
            checker.unknown(name, node, "[model]", known);
        }
    }
}

fn of_tasks<'n>(
    table: &'n Table,
    tasks: &[TaskDraft],
    checker: &mut Checker<'_>,
    leaves: &mut Vec<Leaf<'n>>,
) {
    let all: Vec<_> =
        tasks.iter().filter_map(|task| task.kind).flat_map(|(kind, _)| kind.keys).collect();
    for (name, node) in &table.entries {
        let mut keys: Vec<Key> = Vec::new();
        for key in all.iter().filter(|key| key.name == name) {
            if !keys.contains(key) {
                keys.push(**key);
            }
        }
        if !keys.is_empty() {
            leaves.push(Leaf { key: format!("task.{name}"), keys, node });
        } else if tasks.iter().all(|task| task.kind.is_some()) {
            let mut known: Vec<_> = all.iter().map(|key| key.name).collect();
            known.sort_unstable();
            known.dedup();
            checker.unknown(name, node, "the tasks of this file", known);
        }
    }
}

/// Reads `[grid]`, or `over` of `[tune]`.
pub(crate) fn lists(
    table: &Table,
    part: Part,
    label: &str,
    tasks: &[TaskDraft],
    checker: &mut Checker<'_>,
) -> Vec<Axis> {
    let leaves = leaves(table, label, tasks, checker);
    leaves.iter().filter_map(|leaf| leaf.axis(part, label, checker)).collect()
}

/// Reads `[zip]`: lists of one length.
pub(crate) fn zip(table: &Table, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Vec<Axis> {
    let axes = lists(table, Part::Zip, "[zip]", tasks, checker);
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

/// Reads `[random]`.
pub(crate) fn random(
    node: &Node,
    tasks: &[TaskDraft],
    checker: &mut Checker<'_>,
) -> Option<Random> {
    let mut table = checker.table("[random]", node)?.clone();
    let samples = table.remove("samples");
    let seed = table.remove("seed");
    let mut number = |node: Option<Node>, key: &Key| {
        let value = checker.value(&format!("random.{}", key.name), key, &node?)?;
        value.as_u64()
    };
    let seed = number(seed, &words::RANDOM_SEED).unwrap_or(0);
    let given = samples.is_some();
    let samples = number(samples, &words::RANDOM_SAMPLES);
    if !given {
        let help = "add a line samples = 20";
        checker.report(Problem::new(node.key, "[random] has no `samples`", "here", help));
    }
    let mut spreads = Vec::new();
    for leaf in leaves(&table, "[random]", tasks, checker) {
        if leaf.key.starts_with("task.") {
            let message = format!("`{}` cannot be drawn at random", leaf.key);
            let help = "arms are compared within a task: list its values in [grid]";
            checker.report(Problem::new(leaf.node.key, message, "a key of the tasks", help));
            continue;
        }
        let range = match &leaf.node.shape {
            Shape::Table(table) => between(&leaf, table, checker).map(Range::Between),
            _ => {
                leaf.axis(Part::Random, "[random]", checker).map(|axis| Range::Choice(axis.values))
            }
        };
        let Some(range) = range else { continue };
        let origin = checker.sources.origin(leaf.node.key, Part::Random);
        spreads.push(Spread { key: leaf.key, place: leaf.node.key, origin, range });
    }
    Some(Random { samples: samples.unwrap_or(1), seed, spreads })
}

fn between(
    leaf: &Leaf<'_>,
    table: &Table,
    checker: &mut Checker<'_>,
) -> Option<crate::section::random::Between> {
    const HELP: &str = "write { low = 1e-4, high = 1e-1, scale = \"log\" }, or a list of values";
    let label = format!("`{}`", leaf.key);
    for (name, node) in &table.entries {
        if !["low", "high", "scale"].contains(&name.as_str()) {
            checker.unknown(name, node, &label, ["low", "high", "scale"]);
        }
    }
    let whole = match leaf.keys.first()?.kind {
        Kind::Integer { .. } => true,
        Kind::Number { .. } => false,
        _ => {
            let message = format!("{label} has no range to draw from");
            checker.report(Problem::new(leaf.node.place, message, "not a number", HELP));
            return None;
        }
    };
    let mut end = |name: &str| -> Option<(f64, Place)> {
        let Some(node) = table.get(name) else {
            let message = format!("{label} in [random] has no `{name}`");
            checker.report(Problem::new(leaf.node.place, message, "this range", HELP));
            return None;
        };
        Some((leaf.setting(node, Part::Random, checker).value?.as_f64()?, node.place))
    };
    let (low, high) = (end("low"), end("high"));
    let scale: Option<Word> =
        table.get("scale").and_then(|node| checker.word("scale", &words::SCALE, node));
    let ((low, low_place), (high, high_place)) = (low?, high?);
    let log = scale.is_some_and(|word| word.text == "log");
    if low >= high {
        let message = format!("{label} in [random] has no value between {low} and {high}");
        let problem = Problem::new(high_place, message, "not above `low`", HELP);
        checker.report(problem.and(low_place, "`low`"));
        return None;
    }
    if log && low <= 0.0 {
        let message = format!("{label} in [random] has no logarithm at {low}");
        let help = "with scale = \"log\", `low` must be above 0";
        checker.report(Problem::new(low_place, message, "not above 0", help));
        return None;
    }
    Some(crate::section::random::Between { low, high, log, whole })
}
