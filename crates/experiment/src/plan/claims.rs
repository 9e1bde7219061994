//! The claims, against the arms and tasks that there are.

use store::{Against, Claim, Expectation, Goal, Parts, Quantity};

use crate::combine::arms::unknown_arm;
use crate::key::checker::Checker;
use crate::key::setting::Word;
use crate::plan::task::ReadyTask;
use crate::section::claim::{ClaimDraft, Right};
use crate::text::nearest::nearest;
use crate::text::problem::{Problem, shown};

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
    let right_arm = match &draft.right {
        Some(Right::Arm(word)) => Some(word),
        Some(Right::Number(_)) | None => None,
    };
    for word in draft.left.iter().chain(right_arm) {
        unknown_arm(&word.text, word.place, arms, checker);
    }
    for word in draft.tasks.iter().filter(|word| !labels.contains(&word.text.as_str())) {
        let message = format!("no task is called \"{}\"", shown(&word.text));
        let help = format!("{}tasks: {}", hint(&word.text, &labels), labels.join("; "));
        checker.report(Problem::new(word.place, message, "unknown task", help));
    }
    if let (Some(left), Some(right)) = (&draft.left, right_arm)
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
        right: match draft.right.as_ref()? {
            Right::Arm(word) => Against::Arm(word.text.clone()),
            Right::Number(number) => Against::Number(*number),
        },
        expect,
        tasks: draft.tasks.iter().map(|word| word.text.clone()).collect(),
        metric: draft.metric.as_ref().map(|word| word.text.clone()),
        parts: Parts::of(draft.parts.iter().map(|word| word.text.clone()).collect()),
        published: draft.published.as_ref().map(|word| word.text.clone()),
        post_hoc: false,
    })
}

fn hint(word: &str, known: &[&str]) -> String {
    nearest(word, known.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean \"{}\"? ", shown(near)))
}

/// A claim is about one quantity: a metric that all of its tasks have, better the same way, or
/// one that every task has.
fn metric(draft: &ClaimDraft, tasks: &[&ReadyTask], checker: &mut Checker<'_>) {
    match draft.metric.as_ref().map(|word| (word, Quantity::named(&word.text))) {
        None => one_primary_metric(draft, tasks, checker),
        Some((word, Quantity::Metric(_))) => known_metric(word, tasks, checker),
        Some((word, quantity)) => {
            if let Some(part) = draft.parts.first() {
                let message =
                    format!("`part` says where a metric is read, and `{}` is none", word.text);
                let problem = Problem::new(part.place, message, "here", "remove it");
                checker.report(problem.and(word.place, "no metric"));
            }
            let unknown = tasks.iter().find(|task| task.planned.metric.solved.is_none());
            if let Some(task) = unknown.filter(|_| quantity.needs_solved()) {
                let label = shown(&task.planned.label);
                let message = format!("task {label} does not say when a run has solved it");
                let help = "give its metric solved = { below = … } or { above = … }, or the claim \
                            the `tasks` that it is about";
                checker.report(Problem::new(word.place, message, "needs to know", help));
            }
        }
    }
    for task in tasks {
        let known: Vec<_> = task.planned.parts.iter().map(|it| it.name.as_str()).collect();
        for part in draft.parts.iter().filter(|it| !known.contains(&it.text.as_str())) {
            let (label, name) = (shown(&task.planned.label), shown(&part.text));
            let message = format!("task {label} has no held-out part \"{name}\"");
            let help = if known.is_empty() {
                "it has none beside the test part; remove `part`".to_owned()
            } else {
                format!("{}parts: {}", hint(&part.text, &known), known.join(", "))
            };
            checker.report(Problem::new(part.place, message, "unknown part", help));
        }
    }
}

fn known_metric(word: &Word, tasks: &[&ReadyTask], checker: &mut Checker<'_>) {
    for task in tasks {
        let mut known: Vec<_> = task.metrics.iter().map(|(name, _)| name.as_str()).collect();
        if !known.contains(&word.text.as_str()) {
            let (label, name) = (shown(&task.planned.label), shown(&word.text));
            let message = format!("task {label} has no metric \"{name}\"");
            known.extend(Quantity::NAMED.map(|(name, _)| name));
            let help = format!("{}metrics: {}", hint(&word.text, &known), known.join(", "));
            checker.report(Problem::new(word.place, message, "unknown metric", help));
        }
    }
}

fn one_primary_metric(draft: &ClaimDraft, tasks: &[&ReadyTask], checker: &mut Checker<'_>) {
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
