//! What the arms change, and what about it is probably not meant.

use std::collections::{BTreeMap, BTreeSet};

use store::{Change, Plan};

use crate::arms::ArmSpec;
use crate::draft::Draft;
use crate::problem::shown;
use crate::{Origin, Resolved, Unused};

/// What arm `a` sets differently from the baseline, the first arm: of the keys that one
/// of the two sets itself, those whose values differ on some task.
pub(crate) fn changes(a: usize, arms: &[ArmSpec<'_>], values: &[Vec<Resolved>]) -> Vec<Change> {
    if a == 0 {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let mut changes = Vec::new();
    let keys = arms[a].settings.iter().chain(arms[0].settings).map(|setting| &setting.key);
    for key in keys.filter(|key| seen.insert(*key)) {
        // Conditions are arms within tasks.
        let value = |condition: usize| {
            values[condition].iter().find(|resolved| resolved.key == *key).map(|r| &r.value)
        };
        let change = (0..values.len()).step_by(arms.len()).find_map(|task| {
            let (from, to) = (value(task), value(task + a)?);
            (from != Some(to)).then(|| Change {
                key: key.clone(),
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
    for setting in &draft.command {
        for arm in arms {
            if let Some(own) = arm.settings.iter().find(|own| own.key == setting.key) {
                warnings.push(format!(
                    "`{}` on the command line does not reach arm \"{}\", which sets it itself \
                     ({})",
                    setting.key,
                    shown(arm.name),
                    own.origin
                ));
            }
        }
    }
    warnings
}

/// Options that an arm sets for an architecture it does not select, and overrides that no
/// arm uses. Those of `[model]` are meant for some arms only.
fn idle_changes(arms: &[ArmSpec<'_>], unused: &[Unused]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    for option in unused {
        match &option.origin {
            Origin::Arm { line } => warnings.push(format!(
                "arm \"{}\" sets `{}` (line {line}), but selects another architecture: it has \
                 no effect",
                shown(arms[option.arm].name),
                option.key
            )),
            Origin::CommandLine { .. } => {
                let idle = unused.iter().filter(|other| other.key == option.key);
                let idle: BTreeSet<_> = idle.map(|other| other.arm).collect();
                if idle.len() == arms.len() && seen.insert(&option.key) {
                    warnings.push(format!(
                        "`{}` on the command line has no effect: no arm selects that \
                         architecture",
                        option.key
                    ));
                }
            }
            Origin::Default | Origin::File { .. } | Origin::Task { .. } => {}
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
