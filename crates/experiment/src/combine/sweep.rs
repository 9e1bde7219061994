//! What varies over every arm and over every task, and what is tuned: the file's sections,
//! with the keys taken out that the command line gives.

use crate::key::checker::Checker;
use crate::section::axis::Axis;
use crate::section::exclude::{Exclude, Excluded};
use crate::section::random::Random;
use crate::section::tune::TuneDraft;
use crate::section::written::Written;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// Everything of the file, and of the command line, that varies keys.
#[derive(Default)]
pub(crate) struct Sweep {
    pub grid: Vec<Axis>,
    pub zip: Vec<Axis>,
    pub random: Option<Random>,
    pub exclude: Vec<Exclude>,
    pub tune: Option<TuneDraft>,
}

impl Sweep {
    /// Puts together what varies. What the command line gives is varied no more.
    pub fn of(written: &Written, checker: &mut Checker<'_>) -> Self {
        let sections = &written.sections;
        let mut sweep = Self {
            grid: sections.grid.clone(),
            zip: sections.zip.clone(),
            random: sections.random.clone(),
            exclude: Vec::new(),
            tune: sections.tune.clone(),
        };
        for axis in &written.swept {
            sweep.forget(&axis.key);
        }
        sweep.grid.extend_from_slice(&written.swept);
        let varied: Vec<_> = sweep.keys().map(|(key, ..)| key.to_owned()).collect();
        let mut excludes = sections.exclude.clone();
        excludes.retain(|exclude| is_usable(exclude, &varied, checker));
        sweep.exclude = excludes;
        let of_tasks = sections.task.iter().flat_map(|task| &task.options);
        let given: Vec<_> = written
            .command
            .iter()
            .chain(of_tasks.filter(|setting| checker.sources.is_override(setting.place)))
            .map(|setting| setting.key.clone())
            .collect();
        for key in &given {
            sweep.forget(key);
        }
        if let Some(mut tune) = sweep.tune.take() {
            let swept = |key: &str| {
                let mut keys = sweep.keys();
                keys.any(|(other, _, place)| other == key && checker.sources.is_override(place))
            };
            tune.over.retain(|axis| !given.contains(&axis.key) && !swept(&axis.key));
            sweep.tune = Some(tune).filter(|tune| !tune.over.is_empty());
        }
        sweep
    }

    /// Drops a key that the command line gives: it is above the file.
    pub fn forget(&mut self, key: &str) {
        self.grid.retain(|axis| axis.key != key);
        self.zip.retain(|axis| axis.key != key);
        if let Some(random) = &mut self.random {
            random.spreads.retain(|spread| spread.key != key);
        }
        self.random.take_if(|random| random.spreads.is_empty());
        let varied: Vec<_> = self.keys().map(|(key, ..)| key.to_owned()).collect();
        let varies = |exclude: &Exclude| exclude.values.iter().any(|it| varied.contains(&it.key));
        self.exclude.retain(varies);
    }

    /// Every key that varies, with the part of the file and the place that vary it.
    pub fn keys(&self) -> impl Iterator<Item = (&str, Part, Place)> {
        let axes = self.grid.iter().chain(&self.zip);
        let spreads = self.random.iter().flat_map(|random| &random.spreads);
        axes.map(|axis| (axis.key.as_str(), axis.part, axis.place))
            .chain(spreads.map(|spread| (spread.key.as_str(), Part::Random, spread.place)))
    }
}

/// Whether an `exclude` is about something that varies, over the arms or over the tasks.
fn is_usable(exclude: &Exclude, varied: &[String], checker: &mut Checker<'_>) -> bool {
    let of_tasks = |value: &Excluded| value.key.starts_with("task.");
    if exclude.is_of_tasks() && (exclude.arm.is_some() || !exclude.values.iter().all(of_tasks)) {
        let message = "an `exclude` names keys of tasks and of arms";
        let help = "every arm runs on every task: leave out a point of all tasks, or a task";
        checker.report(Problem::new(exclude.place, message, "this one", help));
        return false;
    }
    if exclude.values.iter().any(|value| varied.contains(&value.key)) {
        return true;
    }
    let message = "an `exclude` names no key that varies";
    let help = match varied.join(", ") {
        none if none.is_empty() => "there is no [grid], [zip] or [random]".to_owned(),
        keys => format!("keys that vary: {keys}"),
    };
    checker.report(Problem::new(exclude.place, message, "this one", help));
    false
}
