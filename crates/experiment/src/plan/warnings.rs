//! What is allowed but probably not meant.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use store::Plan;

use crate::combine::arms::ArmSpec;
use crate::key::layers::Layers;
use crate::key::setting::Setting;
use crate::key::vocabulary::Vocabulary;
use crate::plan::experiment::Unused;
use crate::section::model;
use crate::section::written::Written;
use crate::text::origin::{Origin, Part};
use crate::text::problem::shown;

/// What is allowed but probably not meant.
pub(crate) fn warnings(
    written: &Written,
    arms: &[ArmSpec<'_>],
    plan: &Plan,
    unused: &[Unused],
) -> Vec<String> {
    let mut warnings = shadowed_overrides(written, arms);
    warnings.extend(idle_changes(arms, unused));
    warnings.extend(shared_runs(plan));
    warnings
}

/// Overrides that an arm's own change keeps from that arm.
fn shadowed_overrides(written: &Written, arms: &[ArmSpec<'_>]) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut seen = BTreeSet::new();
    for setting in &written.command {
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

/// Options of architectures that an arm does not select.
pub(crate) fn unused(written: &Written, arms: &[ArmSpec<'_>], words: &Vocabulary) -> Vec<Unused> {
    let mut unused = Vec::new();
    let mut seen = HashSet::new();
    for (a, arm) in arms.iter().enumerate() {
        // Of the points of an arm, the first stands for all.
        if !seen.insert(arm.of) {
            continue;
        }
        let layers: [&[Setting]; 3] = [&written.base, &written.command, arm.settings];
        if model::selected(Layers(&layers)).is_none() {
            continue;
        }
        // A point may choose the cell whose options the arm sets.
        let points = arms.iter().filter(|other| other.of == arm.of);
        let tables: Vec<_> = points
            .flat_map(|point| {
                let layers: [&[Setting]; 4] =
                    [&written.base, &written.command, point.settings, &point.point];
                model::tables(Layers(&layers), words)
            })
            .collect();
        for setting in layers
            .iter()
            .flat_map(|layer| layer.iter())
            .filter(|it| model::is_of_other(it, &tables))
        {
            let (key, origin) = (setting.key.clone(), setting.origin.clone());
            unused.push(Unused { arm: a, key, origin });
        }
    }
    unused
}
