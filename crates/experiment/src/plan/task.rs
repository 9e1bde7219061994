//! `[[task]]` with its defaults, its metric and what the catalogue knows of it.

use std::collections::BTreeMap;

use store::{Goal, Metric, PlannedTask, ReadAt, Solved, TaskConfig};

use crate::catalogue::{Catalogue, TaskFacts, Unusable};
use crate::key::checker::{Checker, takes};
use crate::key::layers::{Completed, Layers};
use crate::key::setting::{Resolved, Setting};
use crate::plan::names::task_labels;
use crate::section::task::{MetricDraft, TaskDraft};
use crate::text::nearest::nearest;
use crate::text::place::Place;
use crate::text::problem::{Problem, shown};

/// A task that can be run.
pub(crate) struct ReadyTask {
    pub planned: PlannedTask,
    pub config: TaskConfig,
    /// Its options and where they came from.
    pub values: Vec<Resolved>,
    /// The options that are given.
    pub settings: Vec<Setting>,
    /// Every metric that it reports and which way it is better.
    pub metrics: Vec<(String, Goal)>,
}

/// Makes each task ready; `None` for those with a problem.
pub(crate) fn ready(
    drafts: &[TaskDraft],
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Vec<Option<ReadyTask>> {
    let mut inspected = BTreeMap::new();
    let mut tasks = Vec::new();
    for draft in drafts {
        let task = draft.kind.and_then(|(kind, place)| {
            let completed = complete(draft, checker)?;
            let facts = inspected
                .entry(format!("{} {:?}", kind.name, completed.options))
                .or_insert_with(|| catalogue.inspect_task(kind.name, &completed.options));
            match facts {
                Ok(facts) => ready_task(draft, kind.name, completed, facts, place, checker),
                Err(Unusable { reason, lacks_data }) => {
                    let message = format!("task \"{}\" cannot be used: {reason}", kind.name);
                    let problem = Problem::new(place, message, "this task", "");
                    checker.report(problem.lacking_data(*lacks_data));
                    None
                }
            }
        });
        tasks.push(task);
    }
    label(drafts, &mut tasks, checker);
    tasks
}

fn complete(draft: &TaskDraft, checker: &mut Checker<'_>) -> Option<Completed> {
    let (kind, _) = draft.kind?;
    let completed = Layers(&[&draft.options]).complete(kind.keys, "task.");
    for (_, key) in &completed.missing {
        let message = format!("missing key `{}` in [[task]] of kind \"{}\"", key.name, kind.name);
        checker.report(Problem::new(draft.place, message, "here", takes(key)));
    }
    (completed.missing.is_empty() && !completed.wrong).then_some(completed)
}

fn ready_task(
    draft: &TaskDraft,
    kind: &str,
    completed: Completed,
    facts: &TaskFacts,
    place: Place,
    checker: &mut Checker<'_>,
) -> Option<ReadyTask> {
    let metric = metric(&draft.metric, kind, facts, place, checker)?;
    Some(ReadyTask {
        config: TaskConfig {
            kind: kind.to_owned(),
            metric: metric.name.clone(),
            goal: metric.goal,
            options: completed.options.clone(),
        },
        planned: PlannedTask {
            label: draft.label.as_ref().map_or_else(String::new, |word| word.text.clone()),
            kind: kind.to_owned(),
            options: completed.options,
            metric,
            summary: facts.summary.clone(),
            limits: facts.limits.clone(),
            trivial: facts.trivial.clone(),
            trivial_rule: facts.trivial_rule.clone(),
            checksum: facts.checksum.clone(),
            split_sizes: facts.split_sizes,
            parts: facts.parts.clone(),
        },
        values: completed.values,
        settings: draft.options.clone(),
        metrics: facts.metrics.clone(),
    })
}

fn metric(
    draft: &MetricDraft,
    kind: &str,
    facts: &TaskFacts,
    place: Place,
    checker: &mut Checker<'_>,
) -> Option<Metric> {
    let (name, place) =
        draft.name.as_ref().map_or((&facts.primary, place), |word| (&word.text, word.place));
    let Some((_, goal)) = facts.metrics.iter().find(|(metric, _)| metric == name) else {
        let known: Vec<_> = facts.metrics.iter().map(|(metric, _)| metric.as_str()).collect();
        let hint = nearest(name, known.iter().copied())
            .map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
        checker.report(Problem::new(
            place,
            format!("task \"{kind}\" has no metric \"{}\"", shown(name)),
            "unknown metric",
            format!("{hint}metrics: {}", known.join(", ")),
        ));
        return None;
    };
    let goal = *goal;
    let (way, bound) = match goal {
        Goal::Minimize => ("minimize", "below"),
        Goal::Maximize => ("maximize", "above"),
    };
    if let Some((_, place)) = draft.goal.filter(|(given, _)| *given != goal) {
        let message = format!("the goal of metric \"{name}\" is to {way} it");
        let help = format!("write goal = \"{way}\", or leave the goal out");
        checker.report(Problem::new(place, message, "the other way round", help));
    }
    let solved = draft.solved.map(|(solved, place)| {
        let fits = matches!(
            (goal, solved),
            (Goal::Minimize, Solved::Below(_)) | (Goal::Maximize, Solved::Above(_))
        );
        if !fits {
            let message = format!("a run cannot be solved by a worse \"{name}\"");
            let help = format!("the goal is to {way} it: write solved = {{ {bound} = … }}");
            checker.report(Problem::new(place, message, "the other way round", help));
        }
        solved
    });
    Some(Metric { name: name.clone(), goal, at: draft.at.unwrap_or(ReadAt::Best), solved })
}

/// Labels the tasks that have no label and refuses two of the same.
fn label(drafts: &[TaskDraft], tasks: &mut [Option<ReadyTask>], checker: &mut Checker<'_>) {
    let planned = tasks.iter().flatten().map(|task| (&*task.planned.kind, &task.planned.options));
    let mut labels = task_labels(&planned.collect::<Vec<_>>()).into_iter();
    let mut seen = BTreeMap::new();
    for (draft, task) in drafts.iter().zip(tasks.iter_mut()) {
        let Some(task) = task else { continue };
        let made = labels.next().unwrap_or_default();
        if task.planned.label.is_empty() {
            task.planned.label = made;
        }
        let place = draft.label.as_ref().map_or(draft.place, |word| word.place);
        if let Some(first) = seen.insert(task.planned.label.clone(), place) {
            let message = format!("two tasks have the label \"{}\"", shown(&task.planned.label));
            let help = "give one of them another `label`";
            checker
                .report(Problem::new(place, message, "the second", help).and(first, "the first"));
        }
    }
}
