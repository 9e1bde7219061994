//! TensorBoard's event files: one folder a run, scalars `training/METRIC` and `validation/METRIC` by
//! optimizer step.

use store::Event;
use trackers::records;

use crate::model::Report;
use crate::runs::Run;
use crate::words::unique;

/// A folder for each run that has begun, by arm, task and seed, its names made safe.
pub(crate) fn folders(report: &Report) -> impl Iterator<Item = (String, &Run)> {
    let arms = unique(report.plan.arms.iter().map(|arm| arm.name.as_str()));
    let tasks = unique(report.plan.tasks.iter().map(|task| task.label.as_str()));
    let begun = report.runs.iter().filter(|run| !run.curve.is_empty());
    begun.map(move |run| (format!("{}/{}/seed-{}", arms[run.arm], tasks[run.task], run.seed), run))
}

/// The event file of a run: empty of evaluations where it has none.
pub(crate) fn render(events: &[Event]) -> Vec<u8> {
    let started = events.first().map_or(0.0, |event| event.time);
    let evaluations = store::journal::evaluations(events).into_iter().flat_map(records::scalars);
    records::version(started).into_iter().chain(evaluations).collect()
}
