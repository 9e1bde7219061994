//! Whether the rungs of `[halving]` are evaluations before the end.

use serde_json::Value;
use store::Condition;

use crate::key::checker::Checker;
use crate::section::halving::HalvingDraft;
use crate::text::problem::Problem;

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
