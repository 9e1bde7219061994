//! A key that varies, written in a section that is not its own: its values in turn.

use std::collections::BTreeMap;

use schema::Key;
use serde_json::Value;

use crate::key::checker::Checker;
use crate::key::setting::Setting;
use crate::section::model::{self, ARCHITECTURE};
use crate::section::task::TaskDraft;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

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
    pub keys: Vec<Key>,
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

    pub fn axis(&self, part: Part, label: &str, checker: &mut Checker<'_>) -> Option<Axis> {
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
                    of_model(table, label, checker, &mut leaves);
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

fn of_model<'n>(
    table: &'n Table,
    label: &str,
    checker: &mut Checker<'_>,
    leaves: &mut Vec<Leaf<'n>>,
) {
    let words = checker.words;
    for (name, node) in &table.entries {
        if let Some(key) = model::KEYS.iter().find(|key| key.name == name) {
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
            let shared = model::KEYS.iter().map(|key| key.name);
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
