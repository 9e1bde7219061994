//! Which arms there are, and which of them is the baseline.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::check::{Checker, Setting};
use crate::complete::Layers;
use crate::draft::Draft;
use crate::nearest::nearest;
use crate::place::Place;
use crate::problem::{Problem, shown};
use crate::words::ARCHITECTURE;

/// An arm of the file, or `[model]` alone.
#[derive(Clone, Copy)]
pub(crate) struct ArmSpec<'a> {
    pub name: &'a str,
    /// Its header.
    pub place: Place,
    /// What it changes; nothing for `[model]` alone.
    pub settings: &'a [Setting],
}

/// The arms, the baseline first.
///
/// `[model]` alone is an arm if it has an architecture. If it has none, every arm has to
/// bring its own and `baseline` names one of them.
pub(crate) fn arms<'a>(draft: &'a Draft, checker: &mut Checker<'_>) -> Vec<ArmSpec<'a>> {
    let given = |layer: &[Setting]| layer.iter().any(|setting| setting.key == ARCHITECTURE);
    let mut arms: Vec<_> = draft
        .arms
        .iter()
        .filter_map(|arm| {
            let name = arm.name.as_ref()?.text.as_str();
            Some((
                ArmSpec { name, place: arm.place, settings: &arm.settings },
                arm.name.as_ref()?.place,
            ))
        })
        .collect();
    if given(&draft.base) || draft.arms.is_empty() {
        if !given(&draft.base) && !given(&draft.command) {
            let names: Vec<_> = checker.words.architectures.iter().map(|e| e.name).collect();
            let message = "missing key `architecture` in [model]";
            let help = format!(
                "add architecture = \"…\" below [model]; architectures: {}",
                names.join(", ")
            );
            checker.report(Problem::new(
                draft.model.unwrap_or(Place::START),
                message,
                "here",
                help,
            ));
        }
        let place = draft.model.unwrap_or(Place::START);
        let architecture = Layers(&[&draft.base, &draft.command]).last(ARCHITECTURE);
        let name = draft.baseline.as_ref().map(|word| (word.text.as_str(), word.place));
        let default = || Some((architecture?.value.as_ref()?.as_str()?, place));
        if let Some((name, named)) = name.or_else(default) {
            arms.insert(0, (ArmSpec { name, place, settings: &[] }, named));
        }
    } else {
        for arm in draft.arms.iter().filter(|arm| !given(&arm.settings)) {
            let name = arm.name.as_ref().map_or("", |word| word.text.as_str());
            checker.report(Problem::new(
                arm.place,
                format!("arm \"{}\" has no architecture", shown(name)),
                "here",
                "add model.architecture = \"…\" here, or give [model] one for all arms",
            ));
        }
        move_baseline_first(draft, &mut arms, checker);
    }
    refuse_twins(&arms, checker);
    arms.into_iter().map(|(arm, _)| arm).collect()
}

fn move_baseline_first(
    draft: &Draft,
    arms: &mut [(ArmSpec<'_>, Place)],
    checker: &mut Checker<'_>,
) {
    let names: Vec<_> = arms.iter().map(|(arm, _)| arm.name).collect();
    let list =
        names.iter().map(|name| format!("\"{}\"", shown(name))).collect::<Vec<_>>().join(", ");
    let Some(baseline) = &draft.baseline else {
        checker.report(Problem::new(
            draft.model.unwrap_or(Place::START),
            "no baseline",
            "[model] has no architecture, so it is no arm by itself",
            format!("add a line baseline = \"…\" that names one of the arms {list}"),
        ));
        return;
    };
    if let Some(at) = names.iter().position(|name| *name == baseline.text) {
        arms[..=at].rotate_right(1);
        return;
    }
    let hint = nearest(&baseline.text, names.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean \"{}\"? ", shown(near)));
    checker.report(Problem::new(
        baseline.place,
        format!("no arm is called \"{}\"", shown(&baseline.text)),
        "the baseline must be an arm",
        format!("{hint}arms: {list}; or give [model] an architecture to make it the baseline"),
    ));
}

fn refuse_twins(arms: &[(ArmSpec<'_>, Place)], checker: &mut Checker<'_>) {
    let mut seen = BTreeMap::new();
    for (arm, place) in arms {
        let Some((first, settings)) = seen.insert(arm.name, (*place, arm.settings)) else {
            continue;
        };
        let help = if settings.is_empty() {
            "`baseline` names the arm that [model] alone describes (by default after its \
             architecture); give one of them another name"
        } else {
            "give one of them another name"
        };
        let message = format!("two arms are called \"{}\"", shown(arm.name));
        checker.report(Problem::new(*place, message, "the second", help).and(first, "the first"));
    }
}

/// Options of architectures other than the one that is selected.
pub(crate) fn unused<'a>(
    settings: &'a [Setting],
    architecture: &'a str,
) -> impl Iterator<Item = &'a Setting> {
    settings.iter().filter(move |setting| {
        setting
            .key
            .strip_prefix("model.")
            .and_then(|rest| rest.split_once('.'))
            .is_some_and(|(table, _)| table != architecture)
    })
}

/// The architecture that these layers select.
pub(crate) fn architecture<'a>(layers: Layers<'_, 'a>) -> Option<&'a str> {
    layers.last(ARCHITECTURE)?.value.as_ref().and_then(Value::as_str)
}
