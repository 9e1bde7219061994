//! Every arm on every task, with every value decided.

use std::collections::BTreeMap;

use schema::Options;
use serde_json::Value;
use store::{Arm, Condition, ModelConfig, Plan, RunConfig};

use crate::arms::{self, ArmSpec};
use crate::changes::{changes, warnings};
use crate::check::{Checker, Setting, Word, takes};
use crate::complete::Layers;
use crate::draft::Draft;
use crate::labels::slug;
use crate::place::Place;
use crate::planned::{self, ReadyTask};
use crate::problem::{Problem, shown};
use crate::words::{ARCHITECTURE, DEFAULT_SEEDS, MODEL};
use crate::{Catalogue, Experiment, Resolved, Unused};

/// Puts the layers together; `None` if there is a problem, whether found here or before.
pub(crate) fn resolve(
    draft: &Draft,
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Option<Experiment> {
    let tasks = planned::ready(&draft.tasks, catalogue, checker);
    let arms = arms::arms(draft, checker);
    let mut counted = BTreeMap::new();
    let mut conditions = Vec::new();
    let mut values = Vec::new();
    // Arms are checked even where the tasks are wrong or missing.
    let no_train = Vec::new();
    let trains = draft.tasks.iter().map(|task| &task.train);
    let trains: Vec<_> = if draft.tasks.is_empty() { vec![&no_train] } else { trains.collect() };
    for (t, train) in trains.into_iter().enumerate() {
        for (a, arm) in arms.iter().enumerate() {
            let layers = [&*draft.base, train, &draft.command, arm.settings];
            let Some(part) = decide(Layers(&layers), arm, draft, checker) else { continue };
            let Some(Some(task)) = tasks.get(t) else { continue };
            let parameters = count(&part.model, task, arm, &mut counted, catalogue, checker);
            let config = RunConfig {
                format: RunConfig::FORMAT,
                backend: part.backend,
                task: task.config.clone(),
                model: part.model,
                train: part.train,
            };
            conditions.push(Condition {
                arm: a,
                task: t,
                identity: config.identity(),
                folder: String::new(),
                parameters: parameters.unwrap_or(0),
                config,
            });
            values.push([task.values.clone(), part.values].concat());
        }
    }
    if !checker.problems.is_empty() {
        return None;
    }
    let tasks: Vec<_> = tasks.into_iter().flatten().map(|task| task.planned).collect();
    name_folders(&mut conditions, &arms, tasks.iter().map(|task| &*task.label));
    let seeds = draft.seeds.clone().unwrap_or_else(|| (0..DEFAULT_SEEDS).collect());
    let text = |word: &Option<Word>| word.as_ref().map(|word| word.text.clone());
    let planned_arms = arms.iter().enumerate().map(|(a, arm)| Arm {
        name: arm.name.to_owned(),
        architecture: conditions[a].config.model.architecture.clone(),
        changes: changes(a, &arms, &values),
    });
    let plan = Plan {
        format: Plan::FORMAT,
        experiment: text(&draft.name)?,
        question: text(&draft.question).unwrap_or_default(),
        baseline: arms.first()?.name.to_owned(),
        seeds,
        tasks,
        arms: planned_arms.collect(),
        claims: Vec::new(),
        conditions,
    };
    let unused = unused(draft, &arms);
    let warnings = warnings(draft, &arms, &plan, &unused);
    Some(Experiment { plan, values, unused, warnings })
}

/// All of a run but its task.
struct Decided {
    backend: String,
    model: ModelConfig,
    train: Options,
    values: Vec<Resolved>,
}

fn decide(
    layers: Layers<'_, '_>,
    arm: &ArmSpec<'_>,
    draft: &Draft,
    checker: &mut Checker<'_>,
) -> Option<Decided> {
    let words = checker.words;
    let selected = layers.last(ARCHITECTURE)?;
    let entry = words.architecture(arms::architecture(layers)?)?;
    let backend = layers.complete(&[words.backend], "");
    let shared = layers.complete(MODEL, "model.");
    let own = layers.complete(entry.keys, &format!("model.{}.", entry.name));
    let train = layers.complete(words.train, "train.");
    for (dotted, key) in [&backend.missing, &shared.missing, &own.missing].into_iter().flatten() {
        let message = format!("arm \"{}\" needs the key `{dotted}`", shown(arm.name));
        checker.report(Problem::new(arm.place, message, "this arm", takes(key)));
    }
    for (dotted, key) in &train.missing {
        let place = draft.train.unwrap_or(Place::START);
        checker.report(Problem::new(place, format!("missing key `{dotted}`"), "here", takes(key)));
    }
    let parts = [&backend, &shared, &own, &train];
    if parts.iter().any(|part| part.wrong || !part.missing.is_empty()) {
        return None;
    }
    check_epochs(layers, &train.options, checker);
    let architecture = Resolved {
        key: ARCHITECTURE.to_owned(),
        value: entry.name.into(),
        origin: selected.origin.clone(),
    };
    let model = ModelConfig {
        architecture: entry.name.to_owned(),
        hidden: usize::try_from(shared.options.get("hidden")?.as_u64()?).ok()?,
        options: own.options,
    };
    let values =
        [backend.values, vec![architecture], shared.values, own.values, train.values].concat();
    let backend = backend.options.get("backend")?.as_str()?.to_owned();
    Some(Decided { backend, model, train: train.options, values })
}

/// An epoch longer than the whole training would never be evaluated.
fn check_epochs(layers: Layers<'_, '_>, train: &Options, checker: &mut Checker<'_>) {
    let number = |key| train.get(key).and_then(Value::as_u64);
    let (Some(steps), Some(every)) = (number("steps"), number("evaluate_every")) else { return };
    if every <= steps {
        return;
    }
    let given = ["train.steps", "train.evaluate_every"].map(|key| layers.last(key));
    let place = given.into_iter().flatten().map(|setting| setting.place).max();
    checker.report(Problem::new(
        place.unwrap_or(Place::START),
        format!("`train.evaluate_every` is {every}, but `train.steps` is only {steps}"),
        "no evaluation would take place",
        format!("set train.evaluate_every to at most {steps}"),
    ));
}

type Counted = BTreeMap<String, Result<u64, String>>;

fn count(
    model: &ModelConfig,
    task: &ReadyTask,
    arm: &ArmSpec<'_>,
    counted: &mut Counted,
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Option<u64> {
    let count = counted
        .entry(format!("{model:?} {:?}", task.config))
        .or_insert_with(|| catalogue.count_parameters(model, &task.config));
    match count {
        Ok(parameters) => Some(*parameters),
        Err(text) => {
            let message =
                format!("the model of arm \"{}\" cannot be built: {text}", shown(arm.name));
            checker.report(Problem::new(arm.place, message, "this arm", ""));
            None
        }
    }
}

/// Names the folder of each condition; those of the same identity share the first one's.
fn name_folders<'a>(
    conditions: &mut [Condition],
    arms: &[ArmSpec<'_>],
    labels: impl Iterator<Item = &'a str>,
) {
    let labels: Vec<_> = labels.map(slug).collect();
    let mut folders = BTreeMap::new();
    for condition in conditions {
        let arm = slug(arms[condition.arm].name);
        let hash = &condition.identity[..8];
        let folder = match labels.as_slice() {
            [_] => format!("{arm}-{hash}"),
            labels => format!("{arm}-{}-{hash}", labels[condition.task]),
        };
        let shared = folders.entry(condition.identity.clone()).or_insert(folder);
        condition.folder.clone_from(shared);
    }
}

fn unused(draft: &Draft, arms: &[ArmSpec<'_>]) -> Vec<Unused> {
    let mut unused = Vec::new();
    for (a, arm) in arms.iter().enumerate() {
        let layers: [&[Setting]; 3] = [&draft.base, &draft.command, arm.settings];
        let Some(architecture) = arms::architecture(Layers(&layers)) else { continue };
        for setting in layers.iter().flat_map(|layer| arms::unused(layer, architecture)) {
            let (key, origin) = (setting.key.clone(), setting.origin.clone());
            unused.push(Unused { arm: a, key, origin });
        }
    }
    unused
}
