//! What the arms change, and what about it is probably not meant.

use std::collections::{BTreeMap, BTreeSet};

use store::{Change, Plan};

use crate::combine::arms::ArmSpec;
use crate::section::draft::Draft;
use crate::section::words::HIDDEN;
use crate::text::problem::shown;
use crate::{Origin, Part, Resolved, Unused};

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

/// What is allowed but probably not meant.
pub(crate) fn warnings(
    draft: &Draft,
    arms: &[ArmSpec<'_>],
    plan: &Plan,
    unused: &[Unused],
) -> Vec<String> {
    let mut warnings = shadowed_overrides(draft, arms);
    warnings.extend(idle_changes(arms, unused));
    warnings.extend(shared_runs(plan));
    warnings
}

/// Overrides that an arm's own change keeps from that arm.
fn shadowed_overrides(draft: &Draft, arms: &[ArmSpec<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    for setting in &draft.command {
        for arm in arms {
            // Of the points of an arm, one stands for all.
            let own = arm.settings.iter().find(|own| own.key == setting.key);
            let Some(own) = own.filter(|_| seen.insert((&setting.key, arm.of))) else { continue };
            warnings.push(format!(
                "`{}` on the command line does not reach arm \"{}\", which sets it itself ({})",
                setting.key,
                shown(arm.of),
                own.origin
            ));
        }
    }
    warnings
}

/// Options that an arm sets for an architecture it does not select, and overrides that no
/// arm uses. Those of `[model]` are meant for some arms only.
fn idle_changes(arms: &[ArmSpec<'_>], unused: &[Unused]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    let mut said = BTreeSet::new();
    let swept: BTreeSet<_> = arms.iter().map(|arm| arm.of).collect();
    for option in unused {
        match &option.origin {
            Origin::Written { part: Part::Arm, line, .. } => {
                let arm = arms[option.arm].of;
                if said.insert((arm, &option.key)) {
                    warnings.push(format!(
                        "arm \"{}\" sets `{}` (line {line}), but selects another architecture: \
                         it has no effect",
                        shown(arm),
                        option.key
                    ));
                }
            }
            Origin::CommandLine { .. } => {
                if !seen.insert(&option.key) {
                    continue;
                }
                let idle = unused.iter().filter(|other| other.key == option.key);
                let idle: BTreeSet<_> = idle.map(|other| other.arm).collect();
                if idle.len() == swept.len() {
                    warnings.push(format!(
                        "`{}` on the command line has no effect: no arm selects that \
                         architecture",
                        option.key
                    ));
                }
            }
            Origin::Default | Origin::Written { .. } => {}
        }
    }
    warnings
}

/// Arms that resolve to the same configuration as an earlier one.
fn shared_runs(plan: &Plan) -> Vec<String> {
    let mut first = BTreeMap::new();
    let mut shared: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for condition in &plan.conditions {
        let arm = *first.entry((condition.task, &condition.identity)).or_insert(condition.arm);
        if arm != condition.arm {
            let label = shown(&plan.tasks[condition.task].label);
            shared.entry((condition.arm, arm)).or_default().push(label);
        }
    }
    let warning = |((second, first), tasks): ((usize, usize), Vec<String>)| {
        let on = match tasks.len() {
            all if all == plan.tasks.len() => String::new(),
            _ => format!(" on {}", tasks.join(", ")),
        };
        let [first, second] = [first, second].map(|arm| shown(&plan.arms[arm].name));
        format!(
            "arms \"{first}\" and \"{second}\" are the same configuration{on}: they share their \
             runs"
        )
    };
    shared.into_iter().map(warning).collect()
}
