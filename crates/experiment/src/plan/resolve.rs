//! Every arm on every task: the plan.

use std::collections::{BTreeMap, HashSet};

use store::{Arm, Budget, Candidate, Condition, Plan, Point, Tuning};

use crate::combine::arms::{self, ArmSpec};
use crate::combine::claims;
use crate::combine::seeds;
use crate::combine::tasks::{self, ReadyTask};
use crate::plan::changes::{changes, warnings};
use crate::plan::condition::Decider;
use crate::plan::notes;
use crate::section::checker::Checker;
use crate::section::draft::Draft;
use crate::section::halving;
use crate::section::layers::Layers;
use crate::section::naming::slug;
use crate::section::setting::{Setting, Word};
use crate::section::sweep::both;
use crate::section::words::{DEFAULT_SEEDS, HIDDEN, MOST_CONFIGURATIONS, MOST_RUNS};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::{Catalogue, Experiment, Part, Unused};

/// Puts the layers together; `None` if there is a problem, whether found here or before.
pub(crate) fn resolve(
    draft: &Draft,
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Option<Experiment> {
    let mut doubts = Vec::new();
    let drafts = draft.sweep.tasks(&draft.tasks, MOST_CONFIGURATIONS, checker);
    let tasks = tasks::ready(&drafts, catalogue, checker);
    let mut arms = arms::arms(draft, checker);
    let clash = has_clashes(draft, &arms, checker);
    mark_budgeted(draft, &mut arms, checker);
    let points = draft.sweep.points(MOST_CONFIGURATIONS, checker);
    let too_many = wants_too_many(draft, arms.len(), points.len(), drafts.len(), checker);
    let arms = if clash || too_many {
        arms
    } else {
        arms::at_points(arms, &points, draft, &mut doubts, checker)
    };
    let seeds = draft.seeds.clone().unwrap_or_else(|| (0..DEFAULT_SEEDS).collect());
    seeds::check(&draft.seeding, seeds.len(), &tasks, &mut doubts, checker);
    check_seed_space(draft, &seeds, checker);

    let mut decider = Decider::new(draft, catalogue);
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
        claims::resolve(&draft.claims, &names, &ready, checker)
    } else {
        Vec::new()
    };
    if !checker.problems.is_empty() {
        return None;
    }
    let mut tuning = tuning(draft, &arms, &tasks, &trains, &mut decider, checker);
    if let Some(halving) = &draft.halving {
        match &tuning {
            Some(tuning) => {
                let candidates = tuning.candidates.iter().map(|candidate| &candidate.condition);
                halving::check(halving, candidates, checker);
            }
            None => halving::check(halving, conditions.iter(), checker),
        }
    }
    check_runs(draft, conditions.len(), seeds.len(), tuning.as_ref(), checker);
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
    let budget = draft.budget.as_ref().map(|budget| Budget {
        parameters: budget.parameters,
        tolerance: budget.tolerance,
        arms: (0..arms.len()).filter(|&a| arms[a].budgeted).collect(),
    });
    let plan = Plan {
        format: Plan::FORMAT,
        experiment: text(&draft.name)?,
        question: text(&draft.question).unwrap_or_default(),
        baseline: arms.first()?.name.to_string(),
        seeds,
        seeding: draft.seeding.seeding,
        arms: planned_arms.collect(),
        tasks: tasks.into_iter().flatten().map(|task| task.planned).collect(),
        claims,
        conditions,
        budget,
        tuning,
        halving: draft.halving.as_ref().map(|halving| halving.halving.clone()),
    };
    let unused = unused(draft, &arms);
    let mut warnings = warnings(draft, &arms, &plan, &unused);
    warnings.extend(doubts);
    let notes = notes::notes(&plan);
    Some(Experiment { plan, values, unused, warnings, notes, extended: Vec::new() })
}

/// What each arm tries on each task; a value that makes no difference to an arm, an option
/// of another architecture, makes no candidate.
fn tuning(
    draft: &Draft,
    arms: &[ArmSpec<'_>],
    tasks: &[Option<ReadyTask>],
    trains: &[&Vec<Setting>],
    decider: &mut Decider<'_>,
    checker: &mut Checker<'_>,
) -> Option<Tuning> {
    let tune = draft.tune.as_ref()?;
    let mut tuning = tune.section();
    let candidates = tune.candidates();
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

/// Reports keys that two parts vary, or that one varies and an arm sets.
fn has_clashes(draft: &Draft, arms: &[ArmSpec<'_>], checker: &mut Checker<'_>) -> bool {
    let before = checker.problems.len();
    let tuned = draft.tune.iter().flat_map(|tune| &tune.over);
    let varied = draft.sweep.keys().chain(tuned.map(|axis| (&*axis.key, axis.part, axis.place)));
    let mut first: BTreeMap<&str, (Part, Place)> = BTreeMap::new();
    for (key, part, place) in varied {
        if let Some(other) = first.insert(key, (part, place)) {
            both(key, other, (part, place), checker);
        }
    }
    for setting in arms.iter().flat_map(|arm| arm.settings) {
        if let Some(&varied) = first.get(setting.key.as_str()) {
            both(&setting.key, (Part::Arm, setting.place), varied, checker);
        }
    }
    if let (Some(budget), Some(&varied)) = (&draft.budget, first.get(HIDDEN)) {
        both(HIDDEN, (Part::Budget, budget.place), varied, checker);
    }
    checker.problems.len() > before
}

/// Marks the arms whose width `[budget]` chooses; they may not set it themselves.
fn mark_budgeted(draft: &Draft, arms: &mut [ArmSpec<'_>], checker: &mut Checker<'_>) {
    let Some(budget) = &draft.budget else { return };
    let names: Vec<_> = arms.iter().map(|arm| arm.of).collect();
    for word in budget.arms.iter().flatten() {
        arms::unknown_arm(&word.text, word.place, &names, checker);
    }
    for arm in arms {
        let named = |words: &Vec<Word>| words.iter().any(|word| word.text == arm.of);
        arm.budgeted = budget.arms.as_ref().is_none_or(named);
        let own = arm.settings.iter().find(|setting| setting.key == HIDDEN);
        if let (true, Some(own)) = (arm.budgeted, own) {
            both(HIDDEN, (Part::Arm, own.place), (Part::Budget, budget.place), checker);
        }
    }
}

/// Replicates must not use the seeds of tuning.
fn check_seed_space(draft: &Draft, seeds: &[u64], checker: &mut Checker<'_>) {
    let Some(tune) = &draft.tune else { return };
    if let Some(seed) = seeds.iter().find(|&&seed| seed >= Tuning::FIRST_SEED) {
        let message = format!("seed {seed} may be one of tuning's");
        let help = format!("with [tune], replicate seeds are below {}", Tuning::FIRST_SEED);
        checker.report(Problem::new(tune.place, message, "tuning has its own seeds", help));
    }
}

fn wants_too_many(
    draft: &Draft,
    arms: usize,
    points: usize,
    tasks: usize,
    checker: &mut Checker<'_>,
) -> bool {
    let candidates = draft.tune.as_ref().map_or(1, |tune| 1 + tune.size());
    let parts = [arms, points, tasks, candidates];
    let size = parts.into_iter().fold(1, usize::saturating_mul);
    if size <= MOST_CONFIGURATIONS {
        return false;
    }
    let place = draft.tune.as_ref().map(|tune| tune.place);
    let place = draft.sweep.keys().map(|(_, _, place)| place).chain(place).min();
    let message = format!("{size} configurations are too many: arms, points, tasks and candidates");
    let help = format!("at most {MOST_CONFIGURATIONS} can be planned at once");
    let place = place.unwrap_or(Place::START);
    checker.report(Problem::new(place, message, "from here on", help));
    true
}

/// Refuses more runs than can be handled.
fn check_runs(
    draft: &Draft,
    conditions: usize,
    seeds: usize,
    tuning: Option<&Tuning>,
    checker: &mut Checker<'_>,
) {
    let tuned = tuning.map_or(0, |it| it.candidates.len().saturating_mul(it.seeds.len()));
    let runs = conditions.saturating_mul(seeds).saturating_add(tuned);
    if runs <= MOST_RUNS {
        return;
    }
    let place = draft.seeds_place.or(draft.tune.as_ref().map(|tune| tune.place));
    let message = format!("{runs} runs are too many");
    let label = format!("{conditions} configurations, {seeds} seeds each");
    let label = if tuned > 0 { format!("{label}; {tuned} runs of tuning") } else { label };
    let help = format!("at most {MOST_RUNS} can be planned at once");
    checker.report(Problem::new(place.unwrap_or(Place::START), message, label, help));
}

/// Names of folders; configurations of the same identity share the first one's.
struct Folders {
    labels: Vec<String>,
    taken: BTreeMap<String, String>,
}

impl Folders {
    fn new<'a>(labels: impl Iterator<Item = &'a str>) -> Self {
        Self { labels: labels.map(slug).collect(), taken: BTreeMap::new() }
    }

    fn name(&mut self, condition: &mut Condition, arms: &[ArmSpec<'_>]) {
        let hash = &condition.identity[..8];
        let folder = self.taken.entry(condition.identity.clone()).or_insert_with(|| {
            let arm = slug(&arms[condition.arm].name);
            match self.labels.as_slice() {
                [_] => format!("{arm}-{hash}"),
                labels => format!("{arm}-{}-{hash}", labels[condition.task]),
            }
        });
        condition.folder.clone_from(folder);
    }
}

fn unused(draft: &Draft, arms: &[ArmSpec<'_>]) -> Vec<Unused> {
    let mut unused = Vec::new();
    let mut seen = HashSet::new();
    for (a, arm) in arms.iter().enumerate() {
        // Of the points of an arm, the first stands for all.
        if !seen.insert(arm.of) {
            continue;
        }
        let layers: [&[Setting]; 3] = [&draft.base, &draft.command, arm.settings];
        let Some(architecture) = arms::architecture(Layers(&layers)) else { continue };
        for setting in layers.iter().flat_map(|layer| arms::unused(layer, architecture)) {
            let (key, origin) = (setting.key.clone(), setting.origin.clone());
            unused.push(Unused { arm: a, key, origin });
        }
    }
    unused
}
