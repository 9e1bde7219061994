//! All tasks together: scores on one scale.

use std::cmp::Ordering;

use analysis::{Interval, Sample, stratified_iqm};
use store::{Goal, PlannedTask};

use crate::ReportError;
use crate::model::Report;
use crate::runs::State;

/// All tasks that have a scale, and every arm over them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AllTasks {
    /// Indices into the plan's tasks.
    pub tasks: Vec<usize>,
    /// One for each arm.
    pub arms: Vec<OverTasks>,
}

/// An arm over all tasks.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OverTasks {
    /// Index into the plan's arms.
    pub arm: usize,
    /// Normalised scores of its runs, by task; a diverged run has that of the trivial prediction.
    pub scores: Vec<Sample>,
    /// Interquartile mean over all of them, with its 95 % interval where there are enough.
    pub mean: Option<(f64, Option<Interval>)>,
}

/// `None` for fewer than two tasks that have a scale, and for one arm.
pub(crate) fn over_tasks(report: &Report) -> Result<Option<AllTasks>, ReportError> {
    let plan = &report.plan;
    let scaled = |index: &usize| scale(&plan.tasks[*index]).is_some();
    let tasks: Vec<usize> = (0..plan.tasks.len()).filter(scaled).collect();
    if tasks.len() < 2 || plan.arms.len() < 2 {
        return Ok(None);
    }
    let of_arm = |arm: usize| -> Result<OverTasks, ReportError> {
        let of_task = |&task: &usize| {
            let own = report.tasks[task].arms.iter().find(|it| it.arm == arm);
            let runs = own.map_or_else(Vec::new, |it| report.runs_of(it.condition)).into_iter();
            let [zero, one] = scale(&plan.tasks[task]).unwrap_or([0.0, 1.0]);
            let at = plan.tasks[task].metric.at;
            Sample::new(runs.filter_map(|run| match &run.state {
                State::Diverged { .. } => Some(0.0),
                state => Some((state.score(at)? - zero) / (one - zero)),
            }))
        };
        let scores = tasks.iter().map(of_task).collect::<Result<Vec<_>, _>>()?;
        let mean = stratified_iqm(&scores);
        Ok(OverTasks { arm, scores, mean })
    };
    let arms = (0..plan.arms.len()).map(of_arm).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(AllTasks { tasks, arms }))
}

/// The scores that are 0 and 1: that of the trivial prediction, and the best there can be, which is
/// 0 of what is minimised and 1 of a share. `None` without a trivial score, or for a metric that has
/// no best.
fn scale(task: &PlannedTask) -> Option<[f64; 2]> {
    let trivial = *task.trivial.get(&task.metric.name)?;
    match task.metric.goal {
        Goal::Minimize => (trivial > 0.0).then_some([trivial, 0.0]),
        Goal::Maximize => (0.0..1.0).contains(&trivial).then_some([trivial, 1.0]),
    }
}

/// On how many of the tasks the mean score of `left` is better than, the same as and worse than that
/// of `right`.
pub(crate) fn record(left: &OverTasks, right: &OverTasks) -> [usize; 3] {
    let mut record = [0; 3];
    for (left, right) in left.scores.iter().zip(&right.scores) {
        let (Some(left), Some(right)) = (left.summary(), right.summary()) else { continue };
        record[match left.mean.total_cmp(&right.mean) {
            Ordering::Greater => 0,
            Ordering::Equal => 1,
            Ordering::Less => 2,
        }] += 1;
    }
    record
}
