//! The scores of every arm on one task.

use std::collections::BTreeMap;

use analysis::{Median, Rate, Sample, Summary, holm, median_with_lost};
use store::{Goal, Plan, ReadAt};

use crate::ReportError;
use crate::accounting::Counts;
use crate::comparison::Comparison;
use crate::looks::Looks;
use crate::runs::{Run, State, lower_is_better};
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
        let of_baseline: Vec<&Run> =
            runs.iter().filter(|run| run.task == task && run.arm == baseline).collect();
        let of_baseline = by_seed(&of_baseline, at);
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
        let by_seed_primary = by_seed(runs, metric.at);
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
        let seconds = runs.iter().filter_map(|run| match &run.state {
            State::Completed { result, .. } => Some(result.train_seconds),
            _ => None,
        });
        let train_seconds = Sample::new(seconds)?.median();
        let finished = runs.iter().filter(|run| matches!(run.state, State::Completed { .. }));
        let peaks = finished.filter_map(|run| run.provenance.as_ref()?.peak_memory);
        let peak_memory = Sample::new(peaks.map(|it| it as f64))?.median();
        let speeds = runs.iter().filter(|run| matches!(run.state, State::Completed { .. }));
        let speeds = speeds.filter_map(|run| run.state.result()?.steps_per_second());
        Ok(Self {
            condition,
            arm: planned.arm,
            counts,
            primary: primary.summary(),
            other: Sample::new(by_seed(runs, other(metric.at)).into_values())?.summary(),
            solving,
            median: median_with_lost(&primary, counts.diverged, lower_is_better(metric.goal)),
            versus: versus.transpose()?,
            parts: parts.map(on_part).collect::<Result<_, _>>()?,
            parameters: planned.parameters,
            steps_per_second: Sample::new(speeds)?.median(),
            train_seconds,
            peak_memory,
        })
    }
}

/// Test scores of the completed runs by seed.
fn by_seed(runs: &[&Run], at: ReadAt) -> BTreeMap<u64, f64> {
    runs.iter().filter_map(|run| Some((run.seed, run.state.score(at)?))).collect()
}

/// Holm's correction over every comparison with the baseline. One without a pair counts as
/// p = 1, so that the family is the same from the first run to the last; an arm that is the
/// baseline under another name is none.
pub(crate) fn correct(plan: &Plan, baseline: usize, tasks: &mut [TaskScores]) {
    let identity = |condition: usize| plan.conditions[condition].identity.as_str();
    let mut family = Vec::new();
    for scores in tasks.iter_mut() {
        let own = scores.arms.iter().find(|arm| arm.arm == baseline).map(|arm| arm.condition);
        for arm in &mut scores.arms {
            let is_other = own.is_none_or(|own| identity(own) != identity(arm.condition));
            family.extend(arm.versus.as_mut().filter(|_| is_other));
        }
    }
    let p: Vec<f64> = family.iter().map(|it| it.p.map_or(1.0, |it| it.p)).collect();
    for (comparison, adjusted) in family.into_iter().zip(holm(&p)) {
        comparison.adjusted = comparison.p.map(|_| adjusted);
    }
}
