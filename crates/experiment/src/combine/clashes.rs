//! Keys that are given in two places of which only one can count.

use std::collections::BTreeMap;

use crate::combine::arms::{ArmSpec, unknown_arm};
use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::key::setting::Word;
use crate::section::model::HIDDEN;
use crate::section::written::Written;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;

/// Reports a key that two parts of the file give.
fn both(key: &str, a: (Part, Place), b: (Part, Place), checker: &mut Checker<'_>) {
    let ((first, first_place), (second, second_place)) = if a.1 <= b.1 { (a, b) } else { (b, a) };
    let message = if first == second {
        format!("`{key}` is in {} twice", first.label())
    } else {
        format!("`{key}` is in {} and in {}", first.label(), second.label())
    };
    let help = match (first, second) {
        (Part::Budget, _) | (_, Part::Budget) => {
            "[budget] chooses the width: remove one of them, or name in `match` the arms that \
             it is for"
        }
        _ => "a key that varies is varied in one place: remove one of them",
    };
    let problem = Problem::new(second_place, message, "here", help);
    checker.report(problem.and(first_place, "and here"));
}

/// Reports keys that two parts vary, or that one varies and an arm sets.
pub(crate) fn has_clashes(
    written: &Written,
    sweep: &Sweep,
    arms: &[ArmSpec<'_>],
    checker: &mut Checker<'_>,
) -> bool {
    let before = checker.problems.len();
    let tuned = sweep.tune.iter().flat_map(|tune| &tune.over);
    let varied = sweep.keys().chain(tuned.map(|axis| (&*axis.key, axis.part, axis.place)));
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
    if let (Some(budget), Some(&varied)) = (&written.sections.budget, first.get(HIDDEN)) {
        both(HIDDEN, (Part::Budget, budget.place), varied, checker);
    }
    checker.problems.len() > before
}

/// Marks the arms whose width `[budget]` chooses; they may not set it themselves.
pub(crate) fn mark_budgeted(
    written: &Written,
    arms: &mut [ArmSpec<'_>],
    checker: &mut Checker<'_>,
) {
    let Some(budget) = &written.sections.budget else { return };
    let names: Vec<_> = arms.iter().map(|arm| arm.of).collect();
    for word in budget.arms.iter().flatten() {
        unknown_arm(&word.text, word.place, &names, checker);
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
