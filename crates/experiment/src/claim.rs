//! `[[claim]]`: sentences that the data may refute.

use schema::Key;
use serde_json::Value;
use store::{Claim, Expectation, Goal};

use crate::arms::unknown_arm;
use crate::check::{Checker, Word};
use crate::nearest::nearest;
use crate::place::Place;
use crate::planned::ReadyTask;
use crate::problem::{Problem, shown};
use crate::tree::{Node, Shape, Table};
use crate::words;

/// A `[[claim]]` as it is written.
pub(crate) struct ClaimDraft {
    place: Place,
    text: Option<Word>,
    left: Option<Word>,
    right: Option<Word>,
    expect: Option<Word>,
    margin: Option<(f64, Place)>,
    metric: Option<Word>,
    tasks: Vec<Word>,
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
            checker.report(Problem::new(node.place, message, "here", crate::check::takes(key)));
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

/// Checks the claims against the arms and tasks that there are.
pub(crate) fn resolve(
    drafts: &[ClaimDraft],
    arms: &[&str],
    tasks: &[&ReadyTask],
    checker: &mut Checker<'_>,
) -> Vec<Claim> {
    drafts.iter().filter_map(|draft| one(draft, arms, tasks, checker)).collect()
}

fn one(
    draft: &ClaimDraft,
    arms: &[&str],
    tasks: &[&ReadyTask],
    checker: &mut Checker<'_>,
) -> Option<Claim> {
    let labels: Vec<_> = tasks.iter().map(|task| task.planned.label.as_str()).collect();
    for word in draft.left.iter().chain(&draft.right) {
        unknown_arm(&word.text, word.place, arms, checker);
    }
    for word in draft.tasks.iter().filter(|word| !labels.contains(&word.text.as_str())) {
        let message = format!("no task is called \"{}\"", shown(&word.text));
        let help = format!("{}tasks: {}", hint(&word.text, &labels), labels.join("; "));
        checker.report(Problem::new(word.place, message, "unknown task", help));
    }
    if let (Some(left), Some(right)) = (&draft.left, &draft.right)
        && left.text == right.text
    {
        let message = format!("a claim compares \"{}\" with itself", shown(&left.text));
        let problem = Problem::new(right.place, message, "the same arm", "");
        checker.report(problem.and(left.place, "and here"));
    }
    let about: Vec<_> = tasks
        .iter()
        .copied()
        .filter(|task| {
            let label = &task.planned.label;
            draft.tasks.is_empty() || draft.tasks.iter().any(|word| word.text == *label)
        })
        .collect();
    metric(draft, &about, checker);
    let expect = draft.expect.as_ref()?;
    let margin = draft.margin.map_or(0.0, |(margin, _)| margin);
    let expect = match expect.text.as_str() {
        "greater" => Expectation::Greater { margin },
        "less" => Expectation::Less { margin },
        _ => {
            if margin == 0.0 {
                let place = draft.margin.map_or(expect.place, |(_, place)| place);
                let help = "add margin = …: the largest difference, in units of the metric, that \
                            counts as none";
                let message = "a claim that arms are equivalent needs a margin above 0";
                checker.report(Problem::new(place, message, "here", help));
            }
            Expectation::Equivalent { margin }
        }
    };
    Some(Claim {
        text: draft.text.as_ref()?.text.clone(),
        left: draft.left.as_ref()?.text.clone(),
        right: draft.right.as_ref()?.text.clone(),
        expect,
        tasks: draft.tasks.iter().map(|word| word.text.clone()).collect(),
        metric: draft.metric.as_ref().map(|word| word.text.clone()),
        post_hoc: false,
    })
}

fn hint(word: &str, known: &[&str]) -> String {
    nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean \"{}\"? ", shown(near)))
}

/// A claim is about one quantity: a metric that all of its tasks have, better the same way.
fn metric(draft: &ClaimDraft, tasks: &[&ReadyTask], checker: &mut Checker<'_>) {
    if let Some(word) = &draft.metric {
        for task in tasks {
            let known: Vec<_> = task.metrics.iter().map(|(name, _)| name.as_str()).collect();
            if !known.contains(&word.text.as_str()) {
                let (label, name) = (shown(&task.planned.label), shown(&word.text));
                let message = format!("task {label} has no metric \"{name}\"");
                let help = format!("{}metrics: {}", hint(&word.text, &known), known.join(", "));
                checker.report(Problem::new(word.place, message, "unknown metric", help));
            }
        }
        return;
    }
    let primary = |task: &&ReadyTask| {
        let metric = &task.planned.metric;
        (metric.name.clone(), metric.goal == Goal::Minimize)
    };
    let Some((first, rest)) = tasks.split_first() else { return };
    let Some(other) = rest.iter().find(|task| primary(task) != primary(first)) else { return };
    let message = format!(
        "a claim is about two metrics: `{}` of {} and `{}` of {}",
        first.planned.metric.name,
        shown(&first.planned.label),
        other.planned.metric.name,
        shown(&other.planned.label)
    );
    let help = "give it a `metric` that all its tasks have, or the `tasks` that it is about";
    checker.report(Problem::new(draft.place, message, "this claim", help));
}
