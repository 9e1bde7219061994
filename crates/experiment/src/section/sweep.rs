//! `[grid]`, `[zip]`, `[random]` and `exclude` as a whole: what varies over every arm, and
//! what varies over every task.

use serde_json::Value;

use crate::Part;
use crate::section::axes::{self, Axis};
use crate::section::checker::Checker;
use crate::section::random::Random;
use crate::section::setting::Setting;
use crate::section::task::TaskDraft;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape, Table};

/// Everything of the file, and of the command line, that varies keys.
#[derive(Default)]
pub(crate) struct Sweep {
    pub grid: Vec<Axis>,
    pub zip: Vec<Axis>,
    pub random: Option<Random>,
    pub exclude: Vec<Exclude>,
}

/// Points that are left out: those with all of these values.
pub(crate) struct Exclude {
    pub place: Place,
    /// Name of the arm that it is about; all arms if it names none.
    pub arm: Option<(String, Place)>,
    pub values: Vec<Excluded>,
}

/// One value of an [`Exclude`].
pub(crate) struct Excluded {
    pub key: String,
    pub value: Option<Value>,
    /// What the key is where nothing sets it.
    pub default: Option<Value>,
}

impl Sweep {
    /// Reads the file's tables and `swept`, the lists of the command line.
    pub fn read(
        file: &Table,
        swept: &Table,
        tasks: &[TaskDraft],
        checker: &mut Checker<'_>,
    ) -> Self {
        let mut sweep = Self::default();
        if let Some(node) = file.get("grid")
            && let Some(table) = checker.table("[grid]", node)
        {
            sweep.grid = axes::lists(table, Part::Grid, "[grid]", tasks, checker);
        }
        if let Some(node) = file.get("zip")
            && let Some(table) = checker.table("[zip]", node)
        {
            sweep.zip = axes::zip(table, tasks, checker);
        }
        sweep.random = file.get("random").and_then(|node| axes::random(node, tasks, checker));
        let swept = axes::lists(swept, Part::Grid, "the command line", tasks, checker);
        for axis in &swept {
            sweep.forget(&axis.key);
        }
        sweep.grid.extend(swept);
        if let Some(node) = file.get("exclude") {
            let varied: Vec<_> = sweep.keys().map(|(key, ..)| key.to_owned()).collect();
            let mut excludes = exclude(node, tasks, checker);
            excludes.retain(|exclude| is_usable(exclude, &varied, checker));
            sweep.exclude = excludes;
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

    /// The settings of each point that every arm is taken through, in file order, the last
    /// axis fastest. One point without settings if nothing varies.
    pub fn points(&self, most: usize, checker: &mut Checker<'_>) -> Vec<Vec<Setting>> {
        let mut groups: Vec<Vec<Vec<Setting>>> = Vec::new();
        for axis in self.grid.iter().filter(|axis| !axis.is_of_tasks()) {
            groups.push(axis.values.iter().map(|value| vec![value.clone()]).collect());
        }
        if !self.zip.iter().any(Axis::is_of_tasks) && !self.zip.is_empty() {
            groups.push(rows(&self.zip));
        }
        let samples = self.random.as_ref().map_or(1, |random| random.samples as usize);
        let known = groups.iter().map(Vec::len).chain([samples]);
        let size = known.fold(1_usize, usize::saturating_mul);
        if size > most {
            let place = self.keys().map(|(_, _, place)| place).min().unwrap_or(Place::START);
            let message = format!("{size} points for every arm are too many");
            let help = format!("at most {most} configurations can be planned at once");
            checker.report(Problem::new(place, message, "from here on", help));
            return Vec::new();
        }
        if let Some(random) = &self.random {
            groups.push((0..random.samples).map(|index| random.sample(index)).collect());
        }
        product(&groups)
    }

    /// Each task once for every combination of what varies over the tasks; at most `most`
    /// in all.
    pub fn tasks(
        &self,
        drafts: &[TaskDraft],
        most: usize,
        checker: &mut Checker<'_>,
    ) -> Vec<TaskDraft> {
        let mut groups: Vec<&[Axis]> = Vec::new();
        groups.extend(self.grid.iter().filter(|axis| axis.is_of_tasks()).map(std::slice::from_ref));
        if self.zip.iter().any(Axis::is_of_tasks) {
            if let Some(axis) = self.zip.iter().find(|axis| !of_a_task(&axis.key)) {
                let message = format!("[zip] pairs `{}` with a key of the tasks", axis.key);
                let help = "arms are compared within a task: beside keys of the tasks only those \
                            of [train] can be paired";
                let task = self.zip.iter().find(|axis| axis.is_of_tasks());
                let problem = Problem::new(axis.place, message, "a key of the arms", help);
                checker.report(problem.and(task.map_or(axis.place, |it| it.place), "with this"));
                return Vec::new();
            }
            groups.push(&self.zip);
        }
        let mut tasks = Vec::new();
        for draft in drafts {
            let own = groups.iter().filter_map(|axes| varied(axes, draft, checker));
            let own: Vec<_> = own.map(rows).collect();
            let size = own.iter().map(Vec::len).fold(1, usize::saturating_mul);
            if size.saturating_add(tasks.len()) > most {
                let message = format!("with its {size} variants this task is too many");
                let help = format!("at most {most} configurations can be planned at once");
                checker.report(Problem::new(draft.place, message, "this task", help));
                return Vec::new();
            }
            for point in product(&own) {
                let excluded = |exclude: &&Exclude| {
                    exclude.is_of_tasks() && exclude.holds_for(&[&draft.options, &point])
                };
                if self.exclude.iter().find(excluded).is_none() {
                    tasks.push(variant(draft, &point));
                }
            }
        }
        if tasks.is_empty() && !drafts.is_empty() && checker.problems.is_empty() {
            let place = self.exclude.first().map_or(Place::START, |exclude| exclude.place);
            checker.report(Problem::new(place, "`exclude` leaves no task", "here", ""));
        }
        tasks
    }
}

impl Exclude {
    pub fn is_of_tasks(&self) -> bool {
        self.values.iter().any(|value| value.key.starts_with("task."))
    }

    /// Whether the settings, the later layers above the earlier, have all of its values.
    pub fn holds_for(&self, layers: &[&[Setting]]) -> bool {
        self.values.iter().all(|excluded| {
            let set =
                layers.iter().rev().find_map(|l| l.iter().rev().find(|s| s.key == excluded.key));
            let value = set.map_or(&excluded.default, |setting| &setting.value);
            value == &excluded.value
        })
    }
}

fn of_a_task(key: &str) -> bool {
    key.starts_with("task.") || key.starts_with("train.")
}

/// The axes of a group, if the task has their keys.
fn varied<'a>(
    axes: &'a [Axis],
    draft: &TaskDraft,
    checker: &mut Checker<'_>,
) -> Option<&'a [Axis]> {
    let (kind, place) = draft.kind?;
    let has = |axis: &&Axis| {
        let name = axis.key.strip_prefix("task.");
        name.is_none_or(|name| kind.keys.iter().any(|key| key.name == name))
    };
    let of_tasks = || axes.iter().filter(|axis| axis.is_of_tasks());
    let lacking = of_tasks().find(|axis| !has(axis));
    match lacking {
        None => Some(axes),
        Some(lacking) if of_tasks().any(|axis| has(&axis)) => {
            let message =
                format!("[zip] pairs `{}`, which \"{}\" does not have", lacking.key, kind.name);
            let problem = Problem::new(lacking.place, message, "this list", "");
            checker.report(problem.and(place, "this task"));
            None
        }
        Some(_) => None,
    }
}

/// The task at one point.
fn variant(draft: &TaskDraft, point: &[Setting]) -> TaskDraft {
    let mut task = draft.clone();
    for setting in point {
        let Some(name) = setting.key.strip_prefix("task.") else {
            task.train.push(setting.clone());
            continue;
        };
        let key = draft.kind.and_then(|(kind, _)| kind.keys.iter().find(|key| key.name == name));
        let mut setting = setting.clone();
        // In the form that this kind of task has it.
        setting.value = setting.value.as_ref().and_then(|value| key?.kind.check(value).ok());
        task.options.retain(|own| own.key != setting.key);
        task.options.push(setting);
    }
    if let (Some(label), false) = (&mut task.label, point.is_empty()) {
        label.text = format!("{}, {}", label.text, named(point));
    }
    task
}

/// Reports a key that two parts of the file give.
pub(crate) fn both(key: &str, a: (Part, Place), b: (Part, Place), checker: &mut Checker<'_>) {
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

/// The rows of lists of one length.
fn rows(axes: &[Axis]) -> Vec<Vec<Setting>> {
    let length = axes.iter().map(|axis| axis.values.len()).min().unwrap_or(0);
    (0..length).map(|row| axes.iter().map(|axis| axis.values[row].clone()).collect()).collect()
}

/// Every combination of one item from each group, the last group fastest.
pub(crate) fn product(groups: &[Vec<Vec<Setting>>]) -> Vec<Vec<Setting>> {
    let mut points = vec![Vec::new()];
    for group in groups {
        let longer = |point: &Vec<Setting>| {
            let point = point.clone();
            group.iter().map(move |item| [point.as_slice(), item].concat()).collect::<Vec<_>>()
        };
        points = points.iter().flat_map(longer).collect();
    }
    points
}

/// A point for people: `hidden=32, learning_rate=0.001`.
pub(crate) fn named(point: &[Setting]) -> String {
    let names = short_names(point.iter().map(|setting| setting.key.as_str()));
    let values = point.iter().zip(names).map(|(setting, name)| {
        let value = match &setting.value {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string().replace('"', ""),
            None => String::new(),
        };
        format!("{name}={value}")
    });
    values.collect::<Vec<_>>().join(", ")
}

/// The last segments of dotted keys, as many as it takes to tell them apart.
fn short_names<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let keys: Vec<_> = keys.collect();
    let last = |key: &'a str, segments: usize| {
        let mut at = key.len();
        for _ in 0..segments {
            at = key[..at].rfind('.').unwrap_or(0);
        }
        key[at..].trim_start_matches('.')
    };
    let short = |&key: &&'a str| {
        let fits = |&segments: &usize| {
            let name = last(key, segments);
            keys.iter().filter(|other| last(other, segments) == name).count() == 1
        };
        (1..4).find(fits).map_or(key, |segments| last(key, segments))
    };
    keys.iter().map(short).collect()
}

/// Reads `exclude`.
fn exclude(node: &Node, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Vec<Exclude> {
    let mut excludes = Vec::new();
    for (node, table) in checker.tables("`exclude`", node) {
        let before = checker.problems.len();
        let mut rest = table.clone();
        let arm = rest.remove("arm").and_then(|node| {
            let word = checker.word("arm", &crate::section::words::EXCLUDED_ARM, &node)?;
            Some((word.text, word.place))
        });
        let mut values = Vec::new();
        for leaf in axes::leaves(&rest, "`exclude`", tasks, checker) {
            if matches!(leaf.node.shape, Shape::List(_)) {
                let message = format!("`{}` in `exclude` needs one value", leaf.key);
                let help = "write one table for each combination that is left out";
                checker.report(Problem::new(leaf.node.place, message, "found a list", help));
                continue;
            }
            let setting = leaf.setting(leaf.node, Part::Exclude, checker);
            let default = leaf.default();
            values.push(Excluded { key: setting.key, value: setting.value, default });
        }
        // With a value missing it would leave out more than is meant.
        if checker.problems.len() == before {
            excludes.push(Exclude { place: node.place, arm, values });
        }
    }
    excludes
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

#[cfg(test)]
mod tests {
    use super::short_names;

    #[test]
    fn names_are_as_short_as_they_can_be_told_apart() {
        let names = |keys: &[&'static str]| short_names(keys.iter().copied());
        assert_eq!(names(&["train.learning_rate", "model.hidden"]), ["learning_rate", "hidden"]);
        assert_eq!(names(&["backend"]), ["backend"]);
        assert_eq!(
            names(&["model.stacked.cell", "model.cnn_rnn.cell", "model.hidden"]),
            ["stacked.cell", "cnn_rnn.cell", "hidden"]
        );
    }
}
