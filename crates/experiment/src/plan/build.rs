//! Every arm on every task: the plan.

use std::collections::HashSet;

use store::{Arm, Budget, Candidate, Plan, Point, TunedKey, Tuning};

use crate::catalogue::Catalogue;
use crate::combine::arms::{self, ArmSpec};
use crate::combine::candidates::candidates;
use crate::combine::clashes::{has_clashes, mark_budgeted};
use crate::combine::sweep::Sweep;
use crate::combine::{points, tasks};
use crate::key::checker::Checker;
use crate::key::setting::{Setting, Word};
use crate::plan::changes::changes;
use crate::plan::condition::Decider;
use crate::plan::experiment::Experiment;
use crate::plan::folders::Folders;
use crate::plan::limits::{MOST_CONFIGURATIONS, check_runs, wants_too_many};
use crate::plan::task::{self, ReadyTask};
use crate::plan::{claims, notes, rungs, seeding, warnings};
use crate::section::axis::Axis;
use crate::section::top;
use crate::section::tune::TuneDraft;
use crate::section::written::Written;
use crate::text::problem::Problem;

/// Puts the layers together; `None` if there is a problem, whether found here or before.
pub(crate) fn build(
    written: &Written,
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Option<Experiment> {
    let mut doubts = Vec::new();
    let sweep = &Sweep::of(written, checker);
    let drafts = tasks::tasks(sweep, &written.sections.task, MOST_CONFIGURATIONS, checker);
    let tasks = task::ready(&drafts, catalogue, checker);
    let mut arms = arms::arms(written, checker);
    let clash = has_clashes(written, sweep, &arms, checker);
    mark_budgeted(written, &mut arms, checker);
    let points = points::points(sweep, MOST_CONFIGURATIONS, checker);
    let too_many = wants_too_many(sweep, arms.len(), points.len(), drafts.len(), checker);
    let arms = if clash || too_many {
        arms
    } else {
        arms::at_points(arms, &points, sweep, written, &mut doubts, checker)
    };
    let seeds = written.top.seeds.clone().unwrap_or_else(|| (0..top::DEFAULT_SEEDS).collect());
    seeding::check(&written.sections.seed, seeds.len(), &tasks, &mut doubts, checker);
    seeding::check_seed_space(sweep, &seeds, checker);

    let mut decider = Decider::new(written, catalogue);
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    // Arms are checked even where the tasks are wrong or missing; where there is too much of
    // everything, on the first task alone.
    let no_train = Vec::new();
    let looked_at = if too_many { 1 } else { drafts.len() };
    let trains: Vec<_> = drafts.iter().take(looked_at).map(|task| &task.train).collect();
    let trains = if trains.is_empty() { vec![&no_train] } else { trains };
    for (t, train) in trains.iter().enumerate() {
        let task = tasks.get(t).and_then(Option::as_ref);
        for arm in arms.iter().enumerate() {
            if let Some((condition, resolved)) =
                decider.condition(arm, (t, task), train, &[], checker)
            {
                conditions.push(condition);
                values.push(resolved);
            }
        }
    }
    let ready: Vec<_> = tasks.iter().flatten().collect();
    let claims = if ready.len() == tasks.len() {
        let names: Vec<_> = arms.iter().map(|arm| arm.name.as_ref()).collect();
        claims::resolve(&written.sections.claim, &names, &ready, checker)
    } else {
        Vec::new()
    };
    if !checker.problems.is_empty() {
        return None;
    }
    let mut tuning = tuning(sweep, &arms, &tasks, &trains, &mut decider, checker);
    if let Some(halving) = &written.sections.halving {
        match &tuning {
            Some(tuning) => {
                let candidates = tuning.candidates.iter().map(|candidate| &candidate.condition);
                rungs::check(halving, candidates, checker);
            }
            None => rungs::check(halving, conditions.iter(), checker),
        }
    }
    check_one_choice_of_runs(written, checker);
    check_runs(written, sweep, conditions.len(), seeds.len(), tuning.as_ref(), checker);
    if !checker.problems.is_empty() {
        return None;
    }
    let mut folders = Folders::new(tasks.iter().flatten().map(|task| &*task.planned.label));
    let tuned = tuning.iter_mut().flat_map(|tuning| &mut tuning.candidates);
    for condition in conditions.iter_mut().chain(tuned.map(|it| &mut it.condition)) {
        folders.name(condition, &arms);
    }
    let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
    let planned_arms = arms.iter().enumerate().map(|(a, arm)| Arm {
        name: arm.name.to_string(),
        architecture: conditions[a].config.model.architecture.clone(),
        changes: changes(a, &arms, &values),
        point: point(arm),
    });
    let plan = Plan {
        format: Plan::FORMAT,
        experiment: text(&written.top.name)?,
        question: text(&written.top.question).unwrap_or_default(),
        source: written.sections.source.clone(),
        baseline: arms.first()?.name.to_string(),
        seeds,
        seeds_before_results: None,
        rounds: written.top.rounds,
        seeding: written.sections.seed.seeding,
        arms: planned_arms.collect(),
        tasks: tasks.into_iter().flatten().map(|task| task.planned).collect(),
        claims,
        conditions,
        budget: budget(written, &arms),
        tuning,
        halving: written.sections.halving.as_ref().map(|halving| halving.halving.clone()),
        keep: written.top.keep(),
        probes: written.top.probes,
    };
    let unused = warnings::unused(written, &arms, checker.words);
    let mut warnings = warnings::warnings(written, &arms, &plan, &unused);
    warnings.extend(doubts);
    let notes = notes::notes(&plan).into_iter().chain(decider.anew).collect();
    let cluster = written.sections.cluster.clone();
    Some(Experiment { plan, values, unused, warnings, notes, cluster, extended: Vec::new() })
}

fn budget(written: &Written, arms: &[ArmSpec]) -> Option<Budget> {
    written.sections.budget.as_ref().map(|budget| Budget {
        parameters: budget.parameters,
        tolerance: budget.tolerance,
        arms: (0..arms.len()).filter(|&a| arms[a].budgeted).collect(),
    })
}

/// What each arm tries on each task; a value that makes no difference to an arm, an option
/// of another architecture, makes no candidate.
fn tuning(
    sweep: &Sweep,
    arms: &[ArmSpec<'_>],
    tasks: &[Option<ReadyTask>],
    trains: &[&Vec<Setting>],
    decider: &mut Decider<'_>,
    checker: &mut Checker<'_>,
) -> Option<Tuning> {
    let tune = sweep.tune.as_ref()?;
    let mut tuning = tuned_keys(tune);
    let candidates = candidates(tune);
    for (t, (task, train)) in tasks.iter().zip(trains).enumerate() {
        for arm in arms.iter().enumerate() {
            let of = t * arms.len() + arm.0;
            let mut seen = HashSet::new();
            for candidate in &candidates {
                let task = (t, task.as_ref());
                let (condition, _) = decider.condition(arm, task, train, candidate, checker)?;
                if seen.insert(condition.identity.clone()) {
                    let values = candidate.iter().filter_map(|setting| setting.value.clone());
                    tuning.candidates.push(Candidate { of, values: values.collect(), condition });
                }
            }
        }
    }
    Some(tuning)
}

fn point(arm: &ArmSpec<'_>) -> Option<Point> {
    let values = arm.point.iter();
    let values: Vec<_> = values.filter_map(|s| Some((s.key.clone(), s.value.clone()?))).collect();
    (!values.is_empty()).then(|| Point { arm: arm.of.to_owned(), values })
}

/// The plan's section, without candidates yet.
fn tuned_keys(tune: &TuneDraft) -> Tuning {
    let tuned = |axis: &Axis| TunedKey {
        key: axis.key.clone(),
        values: axis.values.iter().filter_map(|setting| setting.value.clone()).collect(),
    };
    Tuning {
        over: tune.over.iter().map(tuned).collect(),
        seeds: (0..tune.seeds).map(|seed| Tuning::FIRST_SEED + seed).collect(),
        candidates: Vec::new(),
        chosen: Vec::new(),
    }
}

/// Seeds until decided and `[halving]` both choose which runs are done.
fn check_one_choice_of_runs(written: &Written, checker: &mut Checker<'_>) {
    let (Some(_), Some(halving), Some(place)) =
        (written.top.rounds, &written.sections.halving, written.top.seeds_place)
    else {
        return;
    };
    let message = "seeds until decided and [halving] both choose which runs are done";
    let help = "remove one of them: runs that are stopped at a rung decide nothing";
    let problem = Problem::new(place, message, "these seeds", help);
    let rungs = halving.places.first().copied().unwrap_or(place);
    checker.report(problem.and(rungs, "and these rungs"));
}
