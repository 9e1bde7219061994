//! The scores of every arm on one task.

use std::collections::{BTreeMap, HashSet};

use analysis::{Median, Rate, Sample, Summary, median_with_lost};
use store::{Goal, Plan, ReadAt};

use crate::ReportError;
use crate::accounting::Counts;
use crate::comparison::{self, Comparison};
use crate::looks::Looks;
use crate::runs::{Run, State, by_seed, lower_is_better};
use crate::solving::Solving;

/// The scores of every arm on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskScores {
    /// Index into [`Plan::tasks`].
    pub task: usize,
    /// One per arm, in the plan's order.
    pub arms: Vec<ArmScores>,
}

/// The scores of one arm on one task.
#[derive(Debug, Clone, PartialEq)]
pub struct ArmScores {
    /// Index into [`Plan::conditions`].
    pub condition: usize,
    /// Index into [`Plan::arms`].
    pub arm: usize,
    /// States of its runs.
    pub counts: Counts,
    /// Primary test score over the finished runs that did not diverge.
    pub primary: Option<Summary>,
    /// The same metric at the weights that the primary one is not read from.
    pub other: Option<Summary>,
    /// Which runs solved it and when; `None` where the task has no threshold.
    pub solving: Option<Solving>,
    /// Median of the primary score with diverged runs ranked worst.
    pub median: Option<Median>,
    /// Primary score beside the baseline's over shared seeds; `None` for the baseline.
    pub versus: Option<Comparison>,
    /// Score in the primary metric on each held-out part beside validation and test, in the
    /// plan's order.
    pub parts: Vec<Option<Summary>>,
    /// Trainable parameters.
    pub parameters: u64,
    /// Median over finished runs of optimizer steps per second.
    pub steps_per_second: Option<f64>,
    /// Median over finished runs of seconds of training.
    pub train_seconds: Option<f64>,
    /// Median over finished runs of the most memory that their process held, in bytes.
    pub peak_memory: Option<f64>,
}

impl ArmScores {
    /// Share of runs that solved the task; `None` where it does not say when it is solved.
    pub fn solved(&self) -> Option<Rate> {
        self.solving.as_ref().map(|it| it.rate)
    }

    /// Of its score minus the baseline's; `None` for the baseline and without a pair.
    pub fn difference(&self) -> Option<Summary> {
        self.versus.as_ref()?.difference
    }

    /// Whether the mean is better than `trivial`; `None` without a mean.
    pub fn beats(&self, trivial: f64, goal: Goal) -> Option<bool> {
        Some(goal.better(self.primary?.mean, trivial))
    }
}

/// The weights that the primary score is not read from.
pub(crate) const fn other(at: ReadAt) -> ReadAt {
    match at {
        ReadAt::Best => ReadAt::Final,
        ReadAt::Final => ReadAt::Best,
    }
}

impl TaskScores {
    /// Scores of the task with index `task`; `baseline` indexes the arms.
    pub(crate) fn new(
        plan: &Plan,
        task: usize,
        baseline: usize,
        runs: &[Run],
    ) -> Result<Self, ReportError> {
        let conditions = plan.conditions.iter().enumerate();
        let conditions: Vec<usize> =
            conditions.filter(|(_, at)| at.task == task).map(|(index, _)| index).collect();
        let at = plan.tasks[task].metric.at;
        let of_baseline = runs.iter().filter(|run| run.task == task && run.arm == baseline);
        let of_baseline = by_seed(of_baseline, at);
        let arm_scores = |&condition: &usize| {
            let own: Vec<&Run> = runs.iter().filter(|run| run.condition == condition).collect();
            let versus = (plan.conditions[condition].arm != baseline).then_some(&of_baseline);
            ArmScores::new(plan, condition, &own, versus)
        };
        let arms = conditions.iter().map(arm_scores).collect::<Result<_, _>>()?;
        Ok(Self { task, arms })
    }
}

impl ArmScores {
    fn new(
        plan: &Plan,
        condition: usize,
        runs: &[&Run],
        baseline: Option<&BTreeMap<u64, f64>>,
    ) -> Result<Self, ReportError> {
        let planned = &plan.conditions[condition];
        let metric = &plan.tasks[planned.task].metric;
        let counts = Counts::of(runs.iter().copied());
        let by_seed_primary = by_seed(runs.iter().copied(), metric.at);
        let primary = Sample::new(by_seed_primary.values().copied())?;
        let solving = Solving::new(plan, runs)?;
        let versus = baseline.map(|baseline| {
            let planned = counts.planned - counts.not_needed;
            Comparison::new(&by_seed_primary, baseline, (planned, Looks::of(plan)), metric.goal)
        });
        let on_part = |part: &store::PlannedPart| {
            let score = |run: &&Run| run.state.part_score(metric.at, &part.name, &metric.name);
            Ok::<_, ReportError>(Sample::new(runs.iter().filter_map(score))?.summary())
        };
        let parts = plan.tasks[planned.task].parts.iter();
        let finished = || runs.iter().filter(|run| matches!(run.state, State::Completed { .. }));
        let seconds = finished().filter_map(|run| Some(run.state.result()?.train_seconds));
        let peaks = finished().filter_map(|run| run.provenance.as_ref()?.peak_memory);
        let speeds = finished().filter_map(|run| run.state.result()?.steps_per_second());
        Ok(Self {
            condition,
            arm: planned.arm,
            counts,
            primary: primary.summary(),
            other: Sample::new(by_seed(runs.iter().copied(), other(metric.at)).into_values())?
                .summary(),
            solving,
            median: median_with_lost(&primary, counts.diverged, lower_is_better(metric.goal)),
            versus: versus.transpose()?,
            parts: parts.map(on_part).collect::<Result<_, _>>()?,
            parameters: planned.parameters,
            steps_per_second: Sample::new(speeds)?.median(),
            train_seconds: Sample::new(seconds)?.median(),
            peak_memory: Sample::new(peaks.map(|it| it as f64))?.median(),
        })
    }
}

/// Holm's correction over every comparison with the baseline.
pub(crate) fn correct(plan: &Plan, tasks: &mut [TaskScores]) {
    let compared: HashSet<usize> = plan.compared().into_iter().map(|[arm, _]| arm).collect();
    let arms = tasks.iter_mut().flat_map(|scores| &mut scores.arms);
    let arms = arms.filter(|arm| compared.contains(&arm.condition));
    comparison::correct(arms.filter_map(|arm| arm.versus.as_mut()).collect());
}
