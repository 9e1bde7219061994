//! Each task at every point of what varies over the tasks.

use crate::combine::points::{named, product, rows};
use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::key::setting::Setting;
use crate::section::axis::Axis;
use crate::section::exclude::Exclude;
use crate::section::task::TaskDraft;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// Each task once for every combination of what varies over the tasks; at most `most`
/// in all.
pub(crate) fn tasks(
    sweep: &Sweep,
    drafts: &[TaskDraft],
    most: usize,
    checker: &mut Checker<'_>,
) -> Vec<TaskDraft> {
    let mut groups: Vec<&[Axis]> = Vec::new();
    groups.extend(sweep.grid.iter().filter(|axis| axis.is_of_tasks()).map(std::slice::from_ref));
    if sweep.zip.iter().any(Axis::is_of_tasks) {
        if let Some(axis) = sweep.zip.iter().find(|axis| !of_a_task(&axis.key)) {
            let message = format!("[zip] pairs `{}` with a key of the tasks", axis.key);
            let help = "arms are compared within a task: beside keys of the tasks only those \
                        of [train] can be paired";
            let task = sweep.zip.iter().find(|axis| axis.is_of_tasks());
            let problem = Problem::new(axis.place, message, "a key of the arms", help);
            checker.report(problem.and(task.map_or(axis.place, |it| it.place), "with this"));
            return Vec::new();
        }
        groups.push(&sweep.zip);
    }
    let mut tasks = Vec::new();
    for draft in drafts {
        let own = groups.iter().filter_map(|axes| varied(axes, draft, checker));
        let own: Vec<_> = own.map(rows).collect();
        let size = own.iter().map(Vec::len).fold(1, usize::saturating_mul);
        if size.saturating_add(tasks.len()) > most {
            let message = format!("with its {size} variants this task is too many");
            let help = format!("at most {most} configurations can be planned at once");
            checker.report(Problem::new(draft.place, message, "this task", help));
            return Vec::new();
        }
        for point in product(&own) {
            let excluded = |exclude: &&Exclude| {
                exclude.is_of_tasks() && exclude.holds_for(&[&draft.options, &point])
            };
            if sweep.exclude.iter().find(excluded).is_none() {
                tasks.push(variant(draft, &point));
            }
        }
    }
    if tasks.is_empty() && !drafts.is_empty() && checker.problems.is_empty() {
        let place = sweep.exclude.first().map_or(Place::START, |exclude| exclude.place);
        checker.report(Problem::new(place, "`exclude` leaves no task", "here", ""));
    }
    tasks
}

fn of_a_task(key: &str) -> bool {
    key.starts_with("task.") || key.starts_with("train.")
}

/// The axes of a group, if the task has their keys.
fn varied<'a>(
    axes: &'a [Axis],
    draft: &TaskDraft,
    checker: &mut Checker<'_>,
) -> Option<&'a [Axis]> {
    let (kind, place) = draft.kind?;
    let has = |axis: &&Axis| {
        let name = axis.key.strip_prefix("task.");
        name.is_none_or(|name| kind.keys.iter().any(|key| key.name == name))
    };
    let of_tasks = || axes.iter().filter(|axis| axis.is_of_tasks());
    let lacking = of_tasks().find(|axis| !has(axis));
    match lacking {
        None => Some(axes),
        Some(lacking) if of_tasks().any(|axis| has(&axis)) => {
            let message =
                format!("[zip] pairs `{}`, which \"{}\" does not have", lacking.key, kind.name);
            let problem = Problem::new(lacking.place, message, "this list", "");
            checker.report(problem.and(place, "this task"));
            None
        }
        Some(_) => None,
    }
}

/// The task at one point.
fn variant(draft: &TaskDraft, point: &[Setting]) -> TaskDraft {
    let mut task = draft.clone();
    for setting in point {
        let Some(name) = setting.key.strip_prefix("task.") else {
            task.train.push(setting.clone());
            continue;
        };
        let key = draft.kind.and_then(|(kind, _)| kind.keys.iter().find(|key| key.name == name));
        let mut setting = setting.clone();
        // In the form that this kind of task has it.
        setting.value = setting.value.as_ref().and_then(|value| key?.kind.check(value).ok());
        task.options.retain(|own| own.key != setting.key);
        task.options.push(setting);
    }
    if let (Some(label), false) = (&mut task.label, point.is_empty()) {
        label.text = format!("{}, {}", label.text, named(point));
    }
    task
}
