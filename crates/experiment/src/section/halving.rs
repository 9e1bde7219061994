//! `[halving]`.

use serde_json::Value;
use store::{Condition, Halving};

use crate::section::checker::Checker;
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape};

/// `[halving]` as it is written.
pub(crate) struct HalvingDraft {
    pub halving: Halving,
    /// Where each rung is written.
    places: Vec<Place>,
}

/// Reads `[halving]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Option<HalvingDraft> {
    const HELP: &str = "`rungs` takes the optimizer steps after which the worse runs are stopped, \
                        rising: rungs = [500, 1000]";
    let table = checker.table("[halving]", node)?;
    for (name, node) in &table.entries {
        if !words::HALVING.contains(&name.as_str()) {
            checker.unknown(name, node, "[halving]", words::HALVING);
        }
    }
    let keep = table.get("keep").map_or(Some(words::DEFAULT_KEEP), |node| {
        checker.value("halving.keep", &words::HALVING_KEEP, node)?.as_f64()
    });
    let Some(rungs) = table.get("rungs") else {
        checker.report(Problem::new(node.key, "[halving] has no `rungs`", "here", HELP));
        return None;
    };
    let items = match &rungs.shape {
        Shape::List(items) if !items.is_empty() => items,
        _ => {
            let message = "`rungs` needs a list of steps";
            let found = format!("found {}", rungs.found());
            checker.report(Problem::new(rungs.place, message, found, HELP));
            return None;
        }
    };
    let mut steps: Vec<u64> = Vec::new();
    for item in items {
        let step = checker.value("halving.rungs", &words::RUNG, item)?.as_u64()?;
        if steps.last().is_some_and(|&last| last >= step) {
            let message = "the rungs do not rise";
            checker.report(Problem::new(item.place, message, "not above the last", HELP));
            return None;
        }
        steps.push(step);
    }
    let places = items.iter().map(|item| item.place).collect();
    Some(HalvingDraft { halving: Halving { rungs: steps, keep: keep? }, places })
}

/// A rung is an evaluation before the end, in every run that competes.
pub(crate) fn check<'a>(
    draft: &HalvingDraft,
    conditions: impl Iterator<Item = &'a Condition>,
    checker: &mut Checker<'_>,
) {
    for condition in conditions {
        let number = |key| condition.config.train.get(key).and_then(Value::as_u64);
        let (Some(steps), Some(every)) = (number("steps"), number("evaluate_every")) else {
            continue;
        };
        for (&rung, &place) in draft.halving.rungs.iter().zip(&draft.places) {
            if rung >= steps {
                let message = format!("a rung at step {rung} comes after the end of a run");
                let label = format!("there are runs of {steps} steps");
                checker.report(Problem::new(place, message, label, "rungs lie before `steps`"));
            } else if every > 0 && !rung.is_multiple_of(every) {
                let message = format!("nothing is evaluated at step {rung}");
                let label = format!("there are runs with evaluate_every = {every}");
                let help = "rungs are multiples of `evaluate_every`";
                checker.report(Problem::new(place, message, label, help));
            }
        }
    }
}
