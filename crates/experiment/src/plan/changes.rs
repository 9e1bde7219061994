//! What the arms change.

use std::collections::BTreeSet;

use store::Change;

use crate::combine::arms::ArmSpec;
use crate::key::setting::Resolved;
use crate::section::model::HIDDEN;

/// What arm `a` sets differently from the baseline, the first arm: of the keys that one
/// of the two sets itself, those whose values differ on some task.
pub(crate) fn changes(a: usize, arms: &[ArmSpec<'_>], values: &[Vec<Resolved>]) -> Vec<Change> {
    if a == 0 {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut changes = Vec::new();
    let set = [&arms[a], &arms[0]].map(|arm| arm.settings.iter().chain(&arm.point));
    let keys = set.into_iter().flatten().map(|setting| setting.key.as_str());
    // Where the budget chose the width, it may differ without being set.
    let keys = keys.chain((arms[a].budgeted || arms[0].budgeted).then_some(HIDDEN));
    for key in keys.filter(|key| seen.insert(*key)) {
        // Conditions are arms within tasks.
        let value = |condition: usize| {
            values[condition].iter().find(|resolved| resolved.key == key).map(|r| &r.value)
        };
        let change = (0..values.len()).step_by(arms.len()).find_map(|task| {
            let (from, to) = (value(task), value(task + a)?);
            (from != Some(to)).then(|| Change {
                key: key.to_owned(),
                from: from.cloned(),
                to: to.clone(),
            })
        });
        changes.extend(change);
    }
    changes
}
