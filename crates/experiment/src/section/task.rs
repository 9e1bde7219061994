//! `[[task]]` as it is written.

use serde_json::Value;
use store::{Goal, ReadAt, Solved};

use crate::section::checker::Checker;
use crate::section::naming::check_label;
use crate::section::setting::{Setting, Word};
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape, Table};
use crate::{Entry, Part};

/// A `[[task]]`.
#[derive(Clone)]
pub(crate) struct TaskDraft {
    /// Its header.
    pub place: Place,
    /// `None` if it is missing or wrong, which is a problem already.
    pub kind: Option<(Entry, Place)>,
    pub label: Option<Word>,
    pub metric: MetricDraft,
    /// Its own keys, those of the command line last.
    pub options: Vec<Setting>,
    /// Training keys for this task only.
    pub train: Vec<Setting>,
}

/// `metric` of a `[[task]]`.
#[derive(Clone, Default)]
pub(crate) struct MetricDraft {
    pub name: Option<Word>,
    pub goal: Option<(Goal, Place)>,
    pub at: Option<ReadAt>,
    pub solved: Option<(Solved, Place)>,
}

/// Reads one `[[task]]`.
pub(crate) fn read(node: &Node, table: &Table, checker: &mut Checker<'_>) -> TaskDraft {
    let mut task = TaskDraft {
        place: node.place,
        kind: None,
        label: None,
        metric: MetricDraft::default(),
        options: Vec::new(),
        train: Vec::new(),
    };
    let words = checker.words;
    if let Some(node) = table.get("kind") {
        let names = words.tasks.iter().map(|entry| entry.name);
        let kind = checker.registered("task", "kind", names, node);
        task.kind = kind.and_then(|kind| Some((*words.task(kind)?, node.place)));
    } else {
        let kinds: Vec<_> = words.tasks.iter().map(|entry| entry.name).collect();
        let help = format!("add a line kind = \"…\"; kinds: {}", kinds.join(", "));
        checker.report(Problem::new(node.place, "a [[task]] has no `kind`", "here", help));
    }
    for (name, node) in &table.entries {
        match name.as_str() {
            "kind" => {}
            "label" => {
                task.label = checker.word("label", &words::LABEL, node);
                check_label(task.label.as_ref(), "`label`", checker);
            }
            "metric" => task.metric = metric(node, checker),
            "train" => task.train = checker.train(node, Part::Task),
            _ => {
                let Some((kind, _)) = task.kind else { continue };
                if let Some(key) = kind.keys.iter().find(|key| key.name == name) {
                    task.options.push(checker.setting("task.", key, node, Part::Task));
                } else {
                    let own = kind.keys.iter().map(|key| key.name);
                    let label = format!("[[task]] of kind \"{}\"", kind.name);
                    checker.unknown(name, node, &label, own.chain(words::TASK));
                }
            }
        }
    }
    task
}

fn metric(node: &Node, checker: &mut Checker<'_>) -> MetricDraft {
    let mut metric = MetricDraft::default();
    let table = match &node.shape {
        Shape::Table(table) => table,
        Shape::Scalar(Value::String(_)) => {
            metric.name = checker.word("metric", &words::METRIC_NAME, node);
            return metric;
        }
        _ => {
            checker.report(Problem::new(
                node.place,
                "`metric` has the wrong type",
                format!("found {}", node.found()),
                "write metric = \"loss\" or metric = { name = \"loss\", at = \"final\" }",
            ));
            return metric;
        }
    };
    for (name, node) in &table.entries {
        match name.as_str() {
            "name" => metric.name = checker.word("metric.name", &words::METRIC_NAME, node),
            "goal" => {
                metric.goal = checker.word("metric.goal", &words::GOAL, node).map(|word| {
                    let lower = word.text == "minimize";
                    (if lower { Goal::Minimize } else { Goal::Maximize }, word.place)
                });
            }
            "at" => {
                metric.at = checker
                    .word("metric.at", &words::AT, node)
                    .map(|word| if word.text == "best" { ReadAt::Best } else { ReadAt::Final });
            }
            "solved" => metric.solved = solved(node, checker),
            _ => checker.unknown(name, node, "`metric`", words::METRIC),
        }
    }
    metric
}

fn solved(node: &Node, checker: &mut Checker<'_>) -> Option<(Solved, Place)> {
    const HELP: &str = "write solved = { below = 0.01 } or solved = { above = 0.99 }";
    let Shape::Table(table) = &node.shape else {
        let label = format!("found {}", node.found());
        let message = "`metric.solved` has the wrong type";
        checker.report(Problem::new(node.place, message, label, HELP));
        return None;
    };
    let settings = checker.settings(table, "`solved`", "metric.solved.", words::SOLVED, Part::Task);
    if let [setting] = settings.as_slice() {
        let bound = setting.value.as_ref()?.as_f64()?;
        let below = setting.key.ends_with("below");
        return Some((if below { Solved::Below(bound) } else { Solved::Above(bound) }, node.place));
    }
    if table.entries.len() == settings.len() {
        let message = "`metric.solved` needs either `below` or `above`";
        checker.report(Problem::new(node.place, message, "here", HELP));
    }
    None
}

/// `task.KEY=value` sets the key of every task that has it.
pub(crate) fn override_all(tasks: &mut [TaskDraft], table: &Table, checker: &mut Checker<'_>) {
    let kinds: Vec<_> = tasks.iter().filter_map(|task| task.kind).collect();
    for (name, node) in &table.entries {
        let mut found = kinds.len() < tasks.len();
        for task in &mut *tasks {
            let keys = task.kind.map_or(&[][..], |(kind, _)| kind.keys);
            if let Some(key) = keys.iter().find(|key| key.name == name) {
                let setting = checker.setting("task.", key, node, Part::Task);
                task.options.retain(|other| other.key != setting.key);
                task.options.push(setting);
                found = true;
            }
        }
        if !found {
            let mut known: Vec<_> =
                kinds.iter().flat_map(|(kind, _)| kind.keys.iter().map(|key| key.name)).collect();
            known.sort_unstable();
            known.dedup();
            checker.unknown(name, node, "the tasks of this file", known);
        }
    }
}
