//! Which arms there are, and which of them is the baseline.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use crate::combine::points::named;
use crate::combine::sweep::Sweep;
use crate::key::checker::Checker;
use crate::key::layers::Layers;
use crate::key::setting::Setting;
use crate::section::model::{self, ARCHITECTURE};
use crate::section::written::Written;
use crate::text::nearest::nearest;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::{Problem, shown};

/// An arm of the file, or `[model]` alone, at one point of the sweep.
#[derive(Clone)]
pub(crate) struct ArmSpec<'a> {
    pub name: Cow<'a, str>,
    /// Its name without the point.
    pub of: &'a str,
    /// Its header.
    pub place: Place,
    /// Where its name is written.
    pub named: Place,
    /// What it changes; nothing for `[model]` alone.
    pub settings: &'a [Setting],
    /// What the point sets, without options of other architectures.
    pub point: Vec<Setting>,
    /// Whether its width is chosen by `[budget]`.
    pub budgeted: bool,
}

impl<'a> ArmSpec<'a> {
    fn new(name: &'a str, place: Place, named: Place, settings: &'a [Setting]) -> Self {
        let point = Vec::new();
        Self { name: name.into(), of: name, place, named, settings, point, budgeted: false }
    }
}

/// The arms, the baseline first.
///
/// `[model]` alone is an arm if it has an architecture. If it has none, every arm has to
/// bring its own and `baseline` names one of them.
pub(crate) fn arms<'a>(written: &'a Written, checker: &mut Checker<'_>) -> Vec<ArmSpec<'a>> {
    let given = |layer: &[Setting]| layer.iter().any(|setting| setting.key == ARCHITECTURE);
    let mut arms: Vec<_> = written
        .sections
        .arm
        .iter()
        .filter_map(|arm| {
            let name = arm.name.as_ref()?;
            Some(ArmSpec::new(&name.text, arm.place, name.place, &arm.settings))
        })
        .collect();
    if given(&written.base) || written.sections.arm.is_empty() {
        if !given(&written.base) && !given(&written.command) {
            let names: Vec<_> = checker.words.architectures.iter().map(|e| e.name).collect();
            let message = "missing key `architecture` in [model]";
            let help = format!(
                "add architecture = \"…\" below [model]; architectures: {}",
                names.join(", ")
            );
            checker.report(Problem::new(
                written.sections.model.place.unwrap_or(Place::START),
                message,
                "here",
                help,
            ));
        }
        let place = written.sections.model.place.unwrap_or(Place::START);
        let architecture = Layers(&[&written.base, &written.command]).last(ARCHITECTURE);
        let name = written.top.baseline.as_ref().map(|word| (word.text.as_str(), word.place));
        let default = || Some((architecture?.value.as_ref()?.as_str()?, place));
        if let Some((name, named)) = name.or_else(default) {
            arms.insert(0, ArmSpec::new(name, place, named, &[]));
        }
    } else {
        for arm in written.sections.arm.iter().filter(|arm| !given(&arm.settings)) {
            let name = arm.name.as_ref().map_or("", |word| word.text.as_str());
            checker.report(Problem::new(
                arm.place,
                format!("arm \"{}\" has no architecture", shown(name)),
                "here",
                "add model.architecture = \"…\" here, or give [model] one for all arms",
            ));
        }
        move_baseline_first(written, &mut arms, checker);
    }
    refuse_twins(&arms, checker);
    arms
}

/// Takes every arm through the points of the sweep. Points that differ only in options of
/// architectures that an arm does not select are one point of that arm.
pub(crate) fn at_points<'a>(
    arms: Vec<ArmSpec<'a>>,
    points: &[Vec<Setting>],
    sweep: &Sweep,
    written: &'a Written,
    warnings: &mut Vec<String>,
    checker: &mut Checker<'_>,
) -> Vec<ArmSpec<'a>> {
    let names: Vec<_> = arms.iter().map(|arm| arm.of).collect();
    for (name, place) in sweep.exclude.iter().filter_map(|it| it.arm.as_ref()) {
        unknown_arm(name, *place, &names, checker);
    }
    if matches!(points, [point] if point.is_empty()) {
        return arms;
    }
    let excludes: Vec<_> = sweep.exclude.iter().filter(|it| !it.is_of_tasks()).collect();
    let mut hits = vec![false; excludes.len()];
    let mut all = Vec::new();
    for (a, arm) in arms.iter().enumerate() {
        let layers: [&[Setting]; 3] = [&written.base, &written.command, arm.settings];
        if model::selected(Layers(&layers)).is_none() {
            continue;
        }
        let mut seen = HashSet::new();
        let before = all.len();
        let mut left_out = 0;
        for point in points {
            // A point may choose the cell whose options it sets.
            let layers: [&[Setting]; 4] = [&written.base, &written.command, arm.settings, point];
            let tables = model::tables(Layers(&layers), checker.words);
            let own = |setting: &&Setting| !model::is_of_other(setting, &tables);
            let point: Vec<Setting> = point.iter().filter(own).cloned().collect();
            let label = named(&point);
            if !seen.insert(label.clone()) {
                continue;
            }
            let layers: [&[Setting]; 4] = [&written.base, &written.command, arm.settings, &point];
            let mut is_excluded = false;
            for (exclude, hit) in excludes.iter().zip(&mut hits) {
                let is_of_arm = exclude.arm.as_ref().is_none_or(|(name, _)| name == arm.of);
                if is_of_arm && exclude.holds_for(&layers) {
                    (*hit, is_excluded) = (true, true);
                }
            }
            if is_excluded {
                left_out += 1;
                continue;
            }
            let name = match label.as_str() {
                "" => arm.name.clone(),
                label => format!("{}, {label}", arm.name).into(),
            };
            all.push(ArmSpec { name, point, ..arm.clone() });
        }
        let repeats = points.len() - seen.len();
        if repeats > 0 {
            warnings.push(format!(
                "{repeats} of {} points of arm \"{}\" repeat an earlier one: they are run once",
                points.len(),
                shown(arm.of)
            ));
        }
        if a == 0 && all.len() == before && left_out > 0 {
            let message = "`exclude` leaves no point of the baseline";
            let help = "the other arms are compared with the baseline's first point";
            checker.report(Problem::new(excludes[0].place, message, "here", help));
        }
    }
    for (exclude, _) in excludes.iter().zip(hits).filter(|(_, hit)| !hit) {
        let origin = checker.sources.origin(exclude.place, Part::Exclude);
        warnings.push(format!("nothing has the values of `exclude` ({origin})"));
    }
    refuse_twins(&all, checker);
    all
}

/// Reports a name that no arm has.
pub(crate) fn unknown_arm(name: &str, place: Place, arms: &[&str], checker: &mut Checker<'_>) {
    const MOST: usize = 20;
    if arms.contains(&name) {
        return;
    }
    let hint = nearest(name, arms.iter().copied())
        .map_or_else(String::new, |near| format!("did you mean \"{}\"? ", shown(near)));
    let mut list: Vec<_> = arms.iter().take(MOST).map(|arm| shown(arm)).collect();
    list.extend((arms.len() > MOST).then(|| "…".to_owned()));
    checker.report(Problem::new(
        place,
        format!("no arm is called \"{}\"", shown(name)),
        "unknown arm",
        format!("{hint}arms: {}", list.join("; ")),
    ));
}

fn move_baseline_first(written: &Written, arms: &mut [ArmSpec<'_>], checker: &mut Checker<'_>) {
    let names: Vec<_> = arms.iter().map(|arm| arm.of).collect();
    let list =
        names.iter().map(|name| format!("\"{}\"", shown(name))).collect::<Vec<_>>().join(", ");
    let Some(baseline) = &written.top.baseline else {
        checker.report(Problem::new(
            written.sections.model.place.unwrap_or(Place::START),
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

fn refuse_twins(arms: &[ArmSpec<'_>], checker: &mut Checker<'_>) {
    let mut seen = BTreeMap::new();
    for arm in arms {
        let place = arm.named;
        let Some((first, settings)) = seen.insert(arm.name.as_ref(), (place, arm.settings)) else {
            continue;
        };
        let help = if settings.is_empty() {
            "`baseline` names the arm that [model] alone describes (by default after its \
             architecture); give one of them another name"
        } else {
            "give one of them another name"
        };
        let message = format!("two arms are called \"{}\"", shown(&arm.name));
        checker.report(Problem::new(place, message, "the second", help).and(first, "the first"));
    }
}
