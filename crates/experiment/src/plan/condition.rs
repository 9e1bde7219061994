//! One arm on one task, with every value decided.

use std::collections::{BTreeMap, BTreeSet};

use schema::Options;
use serde_json::Value;
use store::{Condition, ModelConfig, RunConfig, Seeding, Sizes, StartWeights};

use crate::catalogue::Catalogue;
use crate::catalogue::Entry;
use crate::combine::arms::ArmSpec;
use crate::key::checker::{Checker, takes};
use crate::key::layers::Layers;
use crate::key::setting::{Resolved, Setting};
use crate::plan::task::ReadyTask;
use crate::plan::width::Fits;
use crate::section::budget::BudgetDraft;
use crate::section::model::{self, ARCHITECTURE, HIDDEN, KEYS};
use crate::section::written::Written;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::{Problem, shown};

/// Decides conditions; asks the catalogue about each model once.
pub(crate) struct Decider<'a> {
    pub written: &'a Written,
    pub catalogue: &'a dyn Catalogue,
    pub seeding: Seeding,
    counted: BTreeMap<String, Result<(u64, Sizes), String>>,
    fits: Fits,
    /// What of models that start from weights begins anew.
    pub anew: BTreeSet<String>,
}

/// All of a run but its task.
struct Decided {
    backend: String,
    model: ModelConfig,
    train: Options,
    values: Vec<Resolved>,
}

impl<'a> Decider<'a> {
    pub fn new(written: &'a Written, catalogue: &'a dyn Catalogue) -> Self {
        let seeding = written.sections.seed.seeding;
        Self {
            written,
            catalogue,
            seeding,
            counted: BTreeMap::new(),
            fits: Fits::default(),
            anew: BTreeSet::new(),
        }
    }

    /// The condition of an arm on a task, and where its values came from; without a folder
    /// yet. `train` are the task's own keys of `[train]`, `candidate` those of `[tune]`.
    /// `None` if there is a problem, or no task.
    pub fn condition(
        &mut self,
        (a, arm): (usize, &ArmSpec<'_>),
        (t, task): (usize, Option<&ReadyTask>),
        train: &[Setting],
        candidate: &[Setting],
        checker: &mut Checker<'_>,
    ) -> Option<(Condition, Vec<Resolved>)> {
        let layers = [
            &*self.written.base,
            train,
            &self.written.command,
            arm.settings,
            &arm.point,
            candidate,
        ];
        let mut part = decide(Layers(&layers), arm, self.written, self.catalogue, checker)?;
        let task = task?;
        if let (Some(budget), true) = (&self.written.sections.budget, arm.budgeted) {
            fit(budget, &mut part, arm, task, self.catalogue, &mut self.fits, checker)?;
        }
        if let Err(text) = self.catalogue.check_train(&part.train) {
            let message = format!("arm \"{}\" cannot be trained: {text}", shown(&arm.name));
            checker.report(Problem::new(arm.place, message, "this arm", ""));
            return None;
        }
        let (parameters, sizes) = self.count(&part.model, task, arm, checker)?;
        let sizes = Some(sizes);
        self.begin(&part.model, task, arm, checker)?;
        let config = RunConfig {
            format: RunConfig::FORMAT,
            backend: part.backend,
            task: task.config.clone(),
            model: part.model,
            train: part.train,
            seeding: self.seeding,
        };
        let identity = config.identity();
        let folder = String::new();
        let condition = Condition { arm: a, task: t, identity, folder, parameters, sizes, config };
        let mut values = task.values.clone();
        values.extend(part.values);
        Some((condition, values))
    }

    fn count(
        &mut self,
        model: &ModelConfig,
        task: &ReadyTask,
        arm: &ArmSpec<'_>,
        checker: &mut Checker<'_>,
    ) -> Option<(u64, Sizes)> {
        let catalogue = self.catalogue;
        let count =
            self.counted.entry(format!("{model:?} {:?}", task.config)).or_insert_with(|| {
                let parameters = catalogue.count_parameters(model, &task.config)?;
                Ok((parameters, catalogue.sizes(model, &task.config)?))
            });
        match count {
            Ok(counted) => Some(*counted),
            Err(text) => {
                cannot_be_built(arm, task, text, checker);
                None
            }
        }
    }
}

impl Decider<'_> {
    /// Whether the weights that a model starts from are its own.
    fn begin(
        &mut self,
        model: &ModelConfig,
        task: &ReadyTask,
        arm: &ArmSpec<'_>,
        checker: &mut Checker<'_>,
    ) -> Option<()> {
        let Some(start) = &model.weights else { return Some(()) };
        match self.catalogue.begin_anew(model, &task.config) {
            Ok(anew) if anew.is_empty() => Some(()),
            Ok(anew) => {
                let (arm, file, anew) = (shown(&arm.name), shown(&start.file), anew.join(", "));
                self.anew.insert(format!(
                    "{arm} starts from {file}, which lacks {anew}: that begins anew"
                ));
                Some(())
            }
            Err(text) => {
                let (name, task) = (shown(&arm.name), shown(&task.planned.label));
                let message =
                    format!("arm \"{name}\" cannot start from its weights on {task}: {text}");
                let help = "give the weights of such a model, or change `model` to theirs";
                checker.report(Problem::new(arm.place, message, "this arm", help));
                None
            }
        }
    }
}

fn cannot_be_built(arm: &ArmSpec<'_>, task: &ReadyTask, text: &str, checker: &mut Checker<'_>) {
    let (arm_name, task) = (shown(&arm.name), shown(&task.planned.label));
    let message = format!("arm \"{arm_name}\" cannot be built for task \"{task}\": {text}");
    checker.report(Problem::new(arm.place, message, "this arm", ""));
}

/// Chooses the width that `[budget]` asks for.
fn fit(
    budget: &BudgetDraft,
    part: &mut Decided,
    arm: &ArmSpec<'_>,
    task: &ReadyTask,
    catalogue: &dyn Catalogue,
    fits: &mut Fits,
    checker: &mut Checker<'_>,
) -> Option<()> {
    let target = budget.parameters;
    let fit = match fits.nearest(&part.model, &task.config, target, catalogue) {
        Ok(fit) => fit,
        Err(text) => {
            cannot_be_built(arm, task, &text, checker);
            return None;
        }
    };
    let deviation = (fit.parameters as f64 - target as f64) / target as f64;
    if deviation.abs() > budget.tolerance {
        let message = format!(
            "arm \"{}\" on {} cannot have {target} parameters within {} %: the nearest width, \
             {}, gives {} ({:+.1} %)",
            shown(&arm.name),
            shown(&task.planned.label),
            100.0 * budget.tolerance,
            fit.hidden,
            fit.parameters,
            100.0 * deviation
        );
        let help = "set another budget or a larger tolerance, or name in `match` the arms that it \
                    is meant for";
        checker.report(Problem::new(budget.parameters_place, message, "this budget", help));
        return None;
    }
    part.model.hidden = fit.hidden;
    let origin = checker.sources.origin(budget.parameters_place, Part::Budget);
    let value = part.values.iter_mut().find(|value| value.key == HIDDEN)?;
    (value.value, value.origin) = (fit.hidden.into(), origin);
    Some(())
}

fn decide(
    layers: Layers<'_, '_>,
    arm: &ArmSpec<'_>,
    written: &Written,
    catalogue: &dyn Catalogue,
    checker: &mut Checker<'_>,
) -> Option<Decided> {
    let words = checker.words;
    let selected = layers.last(ARCHITECTURE)?;
    let entry = words.architecture(model::selected(layers)?)?;
    let backend = layers.complete(&[words.backend], "");
    let shared = layers.complete(KEYS, "model.");
    let of_table = |entry: &Entry| layers.complete(entry.keys, &format!("model.{}.", entry.name));
    let mut own = of_table(entry);
    for cell in model::tables(layers, words).into_iter().skip(1) {
        own.take_in(cell, of_table(cell));
    }
    let train = layers.complete(words.train, "train.");
    for (dotted, key) in [&backend.missing, &shared.missing, &own.missing].into_iter().flatten() {
        let message = format!("arm \"{}\" needs the key `{dotted}`", shown(&arm.name));
        checker.report(Problem::new(arm.place, message, "this arm", takes(key)));
    }
    for (dotted, key) in &train.missing {
        let place = written.sections.train.place.unwrap_or(Place::START);
        checker.report(Problem::new(place, format!("missing key `{dotted}`"), "here", takes(key)));
    }
    let parts = [&backend, &shared, &own, &train];
    if parts.iter().any(|part| part.wrong || !part.missing.is_empty()) {
        return None;
    }
    check_epochs(layers, &train.options, checker);
    let architecture = Resolved {
        key: ARCHITECTURE.into(),
        value: entry.name.into(),
        origin: selected.origin.clone(),
    };
    let weights = match shared.options.get("weights").and_then(Value::as_str) {
        None => None,
        Some(file) => match catalogue.digest_weights(file) {
            Ok(digest) => Some(StartWeights { file: file.to_owned(), digest }),
            Err(text) => {
                let place = layers.last("model.weights").map_or(Place::START, |it| it.place);
                let message = "`model.weights` cannot be read";
                checker.report(Problem::new(place, message, "this file", text));
                return None;
            }
        },
    };
    let model = ModelConfig {
        architecture: entry.name.to_owned(),
        hidden: usize::try_from(shared.options.get("hidden")?.as_u64()?).ok()?,
        embedding: shared
            .options
            .get("embedding")
            .and_then(|width| usize::try_from(width.as_u64()?).ok()),
        pooling: serde_json::from_value(shared.options.get("pooling")?.clone()).ok()?,
        dropout: shared.options.get("dropout").and_then(Value::as_f64),
        weights,
        options: own.options,
    };
    let mut values = backend.values;
    values.push(architecture);
    values.extend([shared.values, own.values, train.values].into_iter().flatten());
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
