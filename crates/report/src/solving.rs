//! Which runs of an arm solved the task, and after how many steps.

use analysis::{
    Interval, Rate, Sample, SurvivalPoint, Watched, kaplan_meier, median_interval, median_time,
};
use store::Plan;

use crate::ReportError;
use crate::quantity::{is_solved, steps_given, steps_to_solve};
use crate::runs::{Run, State};

/// Which runs of an arm solved the task, and after how many steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Solving {
    /// Runs that solved it by the test score, of those with a result that are not stopped at a
    /// rung; a diverged run did not solve it.
    pub rate: Rate,
    /// 95 % interval of the rate (Wilson).
    pub interval: Option<Interval>,
    /// Each run until its validation score first counted as solved, or until its last step where
    /// it never did. A run that took all its steps, or diverged, can no more solve it.
    pub times: Vec<Watched>,
    /// Share of runs that had not solved it yet, by step (Kaplan and Meier).
    pub curve: Vec<SurvivalPoint>,
    /// Median steps to solve; `None` where half of the runs never did.
    pub median: Option<f64>,
    /// 95 % interval of the median by ranks; its upper end is `None` beyond the last step.
    pub median_interval: Option<(f64, Option<f64>)>,
}

impl Solving {
    /// Of the runs of an arm; `None` where the task does not say when it is solved.
    pub(crate) fn new(plan: &Plan, runs: &[&Run]) -> Result<Option<Self>, ReportError> {
        let Some(first) = runs.first() else { return Ok(None) };
        if plan.tasks[first.task].metric.solved.is_none() {
            return Ok(None);
        }
        let rate = Rate::of(runs.iter().filter_map(|run| is_solved(plan, run)));
        let watched = |run: &&Run| {
            let until = match &run.state {
                State::Completed { result, .. } => result.steps as f64,
                // It could have gone on for ever and not have solved it.
                State::Diverged { .. } => steps_given(plan, run)?,
                State::StoppedAtRung { step, .. } => *step as f64,
                _ => return None,
            };
            let solved = steps_to_solve(plan, run).map(|step| step as f64);
            Some(Watched { until: solved.unwrap_or(until), happened: solved.is_some() })
        };
        let times: Vec<Watched> = runs.iter().filter_map(watched).collect();
        let curve = kaplan_meier(&times);
        let happened = Sample::new(times.iter().filter(|it| it.happened).map(|it| it.until))?;
        let never = times.len() - happened.values().len();
        Ok(Some(Self {
            rate,
            interval: rate.interval(),
            median: median_time(&curve),
            median_interval: median_interval(&happened, never),
            times,
            curve,
        }))
    }
}
