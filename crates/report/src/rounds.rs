//! Seeds until decided: which runs are wanted, as far as the results say.

use std::collections::{BTreeSet, HashMap, HashSet};

use store::{Plan, Quantity, SweepFolder};

use crate::ReportError;
use crate::comparison::{Comparison, LEVEL, correct};
use crate::looks::Looks;
use crate::runs::{self, Run, State, by_seed};
use crate::verdict::judge;

/// Which runs are wanted, condition and seed: those of all rounds that were begun. What it is, is a
/// function of the results alone: neither the order in which they came nor an interruption changes
/// it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Condition index and seed.
    pub runs: BTreeSet<(usize, u64)>,
    /// Seeds of the last round that was begun.
    pub seeds: usize,
    /// Whether nothing is left to decide, or no seed to decide it with.
    pub is_over: bool,
}

impl Wanted {
    /// Identity and seed of each: conditions of the same configuration share their runs.
    pub fn names<'a>(&self, plan: &'a Plan) -> HashSet<(&'a str, u64)> {
        let identity = |it: usize| plan.conditions[it].identity.as_str();
        self.runs.iter().map(|&(condition, seed)| (identity(condition), seed)).collect()
    }
}

/// The wanted runs of a folder, for a plan that may not be written there yet; `None` where its
/// seeds are not until decided.
///
/// # Errors
/// [`ReportError::Score`] for a score that no statistic can be computed from.
pub fn wanted(sweep: &SweepFolder, plan: &Plan) -> Result<Option<Wanted>, ReportError> {
    if plan.rounds.is_none() {
        return Ok(None);
    }
    of_runs(plan, &runs::read(sweep, plan))
}

/// The same of runs that were read.
pub(crate) fn of_runs(plan: &Plan, runs: &[Run]) -> Result<Option<Wanted>, ReportError> {
    let Some(rounds) = plan.rounds else { return Ok(None) };
    let states: HashMap<(usize, u64), &State> =
        runs.iter().map(|run| ((run.condition, run.seed), &run.state)).collect();
    let has_ended = |run: &(usize, u64)| {
        let state = states.get(run);
        state.is_some_and(|it| it.result().is_some() || matches!(it, State::Failed { .. }))
    };
    let mut wanted = Wanted { runs: BTreeSet::new(), seeds: 0, is_over: false };
    let mut open = Open::new(plan);
    let mut active: BTreeSet<usize> = (0..plan.conditions.len()).collect();
    for seeds in rounds.first..=plan.seeds.len() {
        let new = &plan.seeds[wanted.seeds..seeds];
        let runs_of_round: Vec<_> =
            active.iter().flat_map(|&it| new.iter().map(move |&seed| (it, seed))).collect();
        wanted.runs.extend(&runs_of_round);
        wanted.seeds = seeds;
        if !runs_of_round.iter().all(has_ended) {
            return Ok(Some(wanted));
        }
        open.look(plan, runs, &wanted)?;
        active = open.conditions(plan);
        if active.is_empty() {
            break;
        }
    }
    wanted.is_over = true;
    Ok(Some(wanted))
}

/// What is not decided yet.
struct Open {
    /// Differences from the baseline: the two conditions of each.
    differences: Vec<[usize; 2]>,
    /// Indices of claims.
    claims: Vec<usize>,
}

impl Open {
    fn new(plan: &Plan) -> Self {
        // What is the same in all runs of an arm needs no second one.
        let needs_runs = |index: &usize| {
            let metric = plan.claims[*index].metric.as_deref().unwrap_or_default();
            !Quantity::named(metric).is_of_the_arm()
        };
        Self {
            differences: plan.compared(),
            claims: (0..plan.claims.len()).filter(needs_runs).collect(),
        }
    }

    /// The conditions that something open is about.
    fn conditions(&self, plan: &Plan) -> BTreeSet<usize> {
        let mut all: BTreeSet<usize> = self.differences.iter().flatten().copied().collect();
        for &claim in &self.claims {
            let claim = &plan.claims[claim];
            for (index, condition) in plan.conditions.iter().enumerate() {
                let arm = &plan.arms[condition.arm].name;
                let label = &plan.tasks[condition.task].label;
                if claim.is_about(arm, label) {
                    all.insert(index);
                }
            }
        }
        all
    }

    /// Takes out what the runs so far decide.
    fn look(&mut self, plan: &Plan, runs: &[Run], wanted: &Wanted) -> Result<(), ReportError> {
        let is_seen = |run: &&Run| wanted.runs.contains(&(run.condition, run.seed));
        let seen: Vec<&Run> = runs.iter().filter(is_seen).collect();
        if !self.differences.is_empty() {
            let decided = decided_differences(plan, &seen)?;
            self.differences.retain(|it| !decided.contains(it));
        }
        if !self.claims.is_empty() {
            let judged = judge(plan, &seen)?;
            self.claims.retain(|&it| judged[it].p.is_none_or(|p| p > LEVEL));
        }
        Ok(())
    }
}

/// The differences from the baseline that the tests with Holm's correction find.
fn decided_differences(plan: &Plan, runs: &[&Run]) -> Result<Vec<[usize; 2]>, ReportError> {
    let all = plan.compared();
    let metric = |condition: usize| &plan.tasks[plan.conditions[condition].task].metric;
    let scores = |condition: usize| {
        let own = runs.iter().copied().filter(|run| run.condition == condition);
        by_seed(own, metric(condition).at)
    };
    let comparisons = all.iter().map(|&[left, right]| {
        let looks = (plan.seeds.len(), Looks::of(plan));
        Comparison::new(&scores(left), &scores(right), looks, metric(left).goal)
    });
    let mut comparisons = comparisons.collect::<Result<Vec<_>, _>>()?;
    correct(comparisons.iter_mut().collect());
    let found = comparisons.iter().map(|it| it.adjusted.is_some_and(|p| p <= LEVEL));
    Ok(all.into_iter().zip(found).filter_map(|(it, found)| found.then_some(it)).collect())
}
