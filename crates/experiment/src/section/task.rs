//! `[[task]]` as it is written.

use schema::{Choice, Key, Kind};
use serde_json::Value;
use store::{Goal, ReadAt, Solved};

use crate::catalogue;
use crate::key::checker::Checker;
use crate::key::names::check_label;
use crate::key::reference::{
    Default as Unless, Row, Section, Values, names, of, of_keys, said, section,
};
use crate::key::setting::{Setting, Word};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::train;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

/// The section.
pub(crate) const ABOUT: About =
    About { name: "task", on_command_line: OnCommandLine::Layer, describe };

/// Keys of a `[[task]]` beside the task's own.
pub(crate) const TASK: [&str; 4] = ["kind", "label", "metric", "train"];
/// `label` of a `[[task]]`.
pub(crate) const LABEL: Key =
    Key::optional("label", Kind::Text, "Names the task in the report; the kind unless given.");
/// Keys of `metric` in a `[[task]]`.
pub(crate) const METRIC: [&str; 4] = ["name", "goal", "at", "solved"];
/// `name` of a metric.
pub(crate) const METRIC_NAME: Key =
    Key::optional("name", Kind::Text, "A metric of the task; its primary one unless given.");
/// `goal` of a metric.
pub(crate) const GOAL: Key = Key::optional(
    "goal",
    Kind::OneOf(&[
        Choice { word: "minimize", doc: "Lower is better." },
        Choice { word: "maximize", doc: "Higher is better." },
    ]),
    "Which way the metric is better.",
);
/// `at` of a metric.
pub(crate) const AT: Key = Key::optional(
    "at",
    Kind::OneOf(&[
        Choice { word: "best", doc: "The weights that were best on validation." },
        Choice { word: "final", doc: "The last weights." },
    ]),
    "Which weights the metric is read from.",
);
const ANY_NUMBER: Kind = Kind::Number { min: f64::MIN, max: f64::MAX };
/// Keys of `solved` in a metric.
pub(crate) const SOLVED: &[Key] = &[
    Key::optional("below", ANY_NUMBER, "Solved when the test score is strictly below this."),
    Key::optional("above", ANY_NUMBER, "Solved when the test score is strictly above this."),
];

/// A `[[task]]`.
#[derive(Clone)]
pub(crate) struct TaskDraft {
    /// Its header.
    pub place: Place,
    /// `None` if it is missing or wrong, which is a problem already.
    pub kind: Option<(catalogue::Entry, Place)>,
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

/// Reads every `[[task]]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Vec<TaskDraft> {
    let tables = checker.tables("[[task]]", node);
    tables.into_iter().map(|(node, table)| one(node, table, checker)).collect()
}

fn one(node: &Node, table: &Table, checker: &mut Checker<'_>) -> TaskDraft {
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
                task.label = checker.word("label", &LABEL, node);
                check_label(task.label.as_ref(), "`label`", checker);
            }
            "metric" => task.metric = metric(node, checker),
            "train" => task.train = train::settings(node, Part::Task, checker),
            _ => {
                let Some((kind, _)) = task.kind else { continue };
                if let Some(key) = kind.keys.iter().find(|key| key.name == name) {
                    task.options.push(checker.setting("task.", key, node, Part::Task));
                } else {
                    let own = kind.keys.iter().map(|key| key.name);
                    let label = format!("[[task]] of kind \"{}\"", kind.name);
                    checker.unknown(name, node, &label, own.chain(TASK));
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
            metric.name = checker.word("metric", &METRIC_NAME, node);
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
            "name" => metric.name = checker.word("metric.name", &METRIC_NAME, node),
            "goal" => {
                metric.goal = checker.word("metric.goal", &GOAL, node).map(|word| {
                    let lower = word.text == "minimize";
                    (if lower { Goal::Minimize } else { Goal::Maximize }, word.place)
                });
            }
            "at" => {
                metric.at = checker
                    .word("metric.at", &AT, node)
                    .map(|word| if word.text == "best" { ReadAt::Best } else { ReadAt::Final });
            }
            "solved" => metric.solved = solved(node, checker),
            _ => checker.unknown(name, node, "`metric`", METRIC),
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
    let settings = checker.settings(table, "`solved`", "metric.solved.", SOLVED, Part::Task);
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

fn rows(kinds: Values) -> Vec<Row> {
    let metric = "What selects the best weights on validation, and what arms are compared by.";
    let primary = Unless::Said("the task's primary metric");
    let train = "Keys of [train] for this task only: `train.steps = 600`.";
    vec![
        said("kind", kinds, Unless::Required, "The task."),
        Row { default: Unless::Said("the kind"), ..of(&LABEL) },
        said("metric", "a name, or a table of the keys below", primary, metric),
        said("train", "a table of keys of [train]", Unless::None, train),
    ]
}

fn metric_rows() -> Vec<Row> {
    let solved = "When a run counts as having solved the task.";
    let best = Unless::Value("\"best\"".into());
    vec![
        Row { default: Unless::Said("the primary one"), ..of(&METRIC_NAME) },
        Row { default: Unless::Said("the metric's own"), ..of(&GOAL) },
        Row { default: best, ..of(&AT) },
        said("solved", "a table with one of the keys below", Unless::None, solved),
        Row { key: "solved.below".into(), ..of(&SOLVED[0]) },
        Row { key: "solved.above".into(), ..of(&SOLVED[1]) },
    ]
}

fn describe(words: &Vocabulary) -> Vec<Section> {
    let mut sections =
        vec![section("[[task]]", rows(names(&words.tasks))), section("metric", metric_rows())];
    sections.extend(words.tasks.iter().map(|entry| {
        section(&format!("[[task]] of kind \"{}\"", entry.name), of_keys(entry.keys))
    }));
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows(names(&[]))), TASK);
        assert_eq!(keys(&metric_rows()), METRIC);
    }
}
