//! All tasks together: scores on one scale.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use analysis::{
    Interval, Sample, fewest_pairs, holm, mean_ranks, signed_rank, stratified, told_together,
};
use store::{Goal, PlannedTask};

use crate::ReportError;
use crate::comparison::LEVEL;
use crate::figure::MANY;
use crate::model::Report;
use crate::runs::State;

/// All tasks that have a scale, and every arm over them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AllTasks {
    /// Indices into the plan's tasks.
    pub tasks: Vec<usize>,
    /// One for each arm.
    pub arms: Vec<OverTasks>,
    /// Each two of `arms`, the first index the smaller; of no more arms than are told apart.
    pub pairs: BTreeMap<(usize, usize), Record>,
    /// The mean ranks, where a diagram of them is warranted.
    pub ranked: Option<Ranked>,
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
    /// How far they fall short of 1, likewise.
    pub gap: Option<(f64, Option<Interval>)>,
    /// The share of seeds in which it is better than the baseline, the mean over tasks.
    pub better: Option<f64>,
}

/// Two arms, task by task.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Record {
    /// On how many tasks the mean of the first is better than that of the second, the same, and worse.
    pub counts: [usize; 3],
    /// The mean over tasks of the first's mean minus the second's.
    pub difference: Option<f64>,
    /// Wilcoxon's signed-rank test over tasks, with Holm's correction over all pairs of arms.
    pub p: Option<f64>,
}

/// Arms by their mean rank.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    /// Index into [`AllTasks::arms`] and mean rank, best first.
    pub order: Vec<(usize, f64)>,
    /// Groups of neighbours in `order`, first and last, of which no two are told apart.
    pub together: Vec<(usize, usize)>,
}

/// Fewest tasks over which ranks are worth a mean (Demšar 2006).
pub(crate) const RANKED_TASKS: usize = 10;

/// Fewest arms, more than two of which a table of pairs does not show at a glance.
const RANKED_ARMS: usize = 3;

/// `None` for fewer than two tasks that have a scale, and for one arm.
pub(crate) fn over_tasks(report: &Report) -> Result<Option<AllTasks>, ReportError> {
    let plan = &report.plan;
    let scaled = |index: &usize| scale(&plan.tasks[*index]).is_some();
    let tasks: Vec<usize> = (0..plan.tasks.len()).filter(scaled).collect();
    if tasks.len() < 2 || plan.arms.len() < 2 {
        return Ok(None);
    }
    let arms = (0..plan.arms.len())
        .map(|arm| of_arm(report, &tasks, arm))
        .collect::<Result<Vec<_>, _>>()?;
    let means: Vec<Vec<Option<f64>>> = arms
        .iter()
        .map(|arm| arm.scores.iter().map(|it| it.summary().map(|it| it.mean)).collect())
        .collect();
    let pairs = records(&means)?;
    let ranked = ranked(&means, &pairs);
    Ok(Some(AllTasks { tasks, arms, pairs, ranked }))
}

fn of_arm(report: &Report, tasks: &[usize], arm: usize) -> Result<OverTasks, ReportError> {
    let plan = &report.plan;
    let on = |task: usize| report.tasks[task].arms.iter().find(|it| it.arm == arm);
    let of_task = |&task: &usize| {
        let runs = on(task).map_or_else(Vec::new, |it| report.runs_of(it.condition)).into_iter();
        let [zero, one] = scale(&plan.tasks[task]).unwrap_or([0.0, 1.0]);
        let at = plan.tasks[task].metric.at;
        Sample::new(runs.filter_map(|run| match &run.state {
            State::Diverged { .. } => Some(0.0),
            state => Some((state.score(at)? - zero) / (one - zero)),
        }))
    };
    let scores = tasks.iter().map(of_task).collect::<Result<Vec<_>, _>>()?;
    let better = tasks.iter().filter_map(|&task| on(task)?.versus.as_ref()?.better);
    Ok(OverTasks {
        arm,
        mean: stratified(&scores, Sample::interquartile_mean),
        gap: stratified(&scores, Sample::optimality_gap),
        better: Sample::new(better)?.summary().map(|it| it.mean),
        scores,
    })
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

/// Each two arms, on the tasks where both have a score.
/// `means` has, for each arm, one mean a task.
fn records(means: &[Vec<Option<f64>>]) -> Result<BTreeMap<(usize, usize), Record>, ReportError> {
    let mut pairs = BTreeMap::new();
    if means.len() > MANY {
        return Ok(pairs);
    }
    for left in 0..means.len() {
        for right in left + 1..means.len() {
            let both = means[left].iter().zip(&means[right]);
            let differences: Vec<f64> =
                both.filter_map(|(left, right)| Some((*left)? - (*right)?)).collect();
            let count =
                |is: Ordering| differences.iter().filter(|it| it.total_cmp(&0.0) == is).count();
            let counts = [Ordering::Greater, Ordering::Equal, Ordering::Less].map(count);
            let sample = Sample::new(differences)?;
            let difference = sample.summary().map(|it| it.mean);
            let p = signed_rank(&sample).map(|it| it.p);
            pairs.insert((left, right), Record { counts, difference, p });
        }
    }
    let adjusted = holm(&pairs.values().map(|it| it.p.unwrap_or(1.0)).collect::<Vec<_>>());
    for (record, adjusted) in pairs.values_mut().zip(adjusted) {
        record.p = record.p.map(|_| adjusted);
    }
    Ok(pairs)
}

/// `None` unless there are [`RANKED_TASKS`] tasks, on which every arm has a score, and enough of them
/// that the test could tell every two arms apart.
fn ranked(means: &[Vec<Option<f64>>], pairs: &BTreeMap<(usize, usize), Record>) -> Option<Ranked> {
    let whole = means.iter().map(|arm| arm.iter().copied().collect());
    let means: Vec<Vec<f64>> = whole.collect::<Option<_>>()?;
    let tasks = means.first()?.len();
    let fewest = fewest_pairs(LEVEL / pairs.len().max(1) as f64);
    let can_tell = fewest.is_some_and(|fewest| tasks >= fewest);
    if !(RANKED_ARMS..=MANY).contains(&means.len()) || tasks < RANKED_TASKS || !can_tell {
        return None;
    }
    let mut order: Vec<(usize, f64)> = mean_ranks(&means).into_iter().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let together = told_together(order.len(), |a, b| {
        let (a, b) = (order[a].0, order[b].0);
        pairs[&(a.min(b), a.max(b))].p.is_some_and(|p| p <= LEVEL)
    });
    Some(Ranked { order, together })
}

impl Record {
    /// The same with the arms in the other order.
    pub(crate) fn turned(self) -> Self {
        let [better, same, worse] = self.counts;
        Self { counts: [worse, same, better], difference: self.difference.map(|it| -it), p: self.p }
    }
}
