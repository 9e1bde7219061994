//! The file and the overrides as layers of checked settings, not yet put together.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::check::{Checker, Setting, Word};
use crate::labels;
use crate::place::{Part, Place};
use crate::problem::{Problem, shown};
use crate::task::{self, TaskDraft};
use crate::tree::{Node, Shape, Table};
use crate::words;

/// Everything that the file and the command line say, checked value by value.
#[derive(Default)]
pub(crate) struct Draft {
    pub name: Option<Word>,
    pub question: Option<Word>,
    pub seeds: Option<Vec<u64>>,
    pub baseline: Option<Word>,
    /// `backend`, `[model]` and `[train]` of the file.
    pub base: Vec<Setting>,
    /// The same keys of the command line.
    pub command: Vec<Setting>,
    /// Header of `[model]`.
    pub model: Option<Place>,
    /// Header of `[train]`.
    pub train: Option<Place>,
    pub tasks: Vec<TaskDraft>,
    pub arms: Vec<ArmDraft>,
}

/// An `[[arm]]`.
pub(crate) struct ArmDraft {
    /// Its header.
    pub place: Place,
    /// `None` if it is missing or wrong, which is a problem already.
    pub name: Option<Word>,
    pub settings: Vec<Setting>,
}

impl Draft {
    /// Reads the file's tree and that of the command line.
    pub fn read(file: &Table, command: &Table, checker: &mut Checker<'_>) -> Self {
        let mut draft = Self::default();
        for (name, node) in &file.entries {
            match name.as_str() {
                "backend" => {
                    let key = checker.words.backend;
                    draft.base.push(checker.setting("", &key, node, Part::Top));
                }
                "model" => {
                    draft.model = Some(node.place);
                    draft.base.extend(checker.model(node, Part::Top));
                }
                "train" => {
                    draft.train = Some(node.place);
                    draft.base.extend(checker.train(node, Part::Top));
                }
                "task" => {
                    let tables = checker.tables("[[task]]", node);
                    draft.tasks =
                        tables.into_iter().map(|(n, t)| task::read(n, t, checker)).collect();
                }
                "arm" => {
                    let tables = checker.tables("[[arm]]", node);
                    draft.arms = tables.into_iter().map(|(n, t)| arm(n, t, checker)).collect();
                }
                _ => draft.header(name, node, checker),
            }
        }
        for (name, node) in &command.entries {
            match name.as_str() {
                "backend" => {
                    let key = checker.words.backend;
                    draft.command.push(checker.setting("", &key, node, Part::Top));
                }
                "model" => draft.command.extend(checker.model(node, Part::Top)),
                "train" => draft.command.extend(checker.train(node, Part::Top)),
                "task" => {
                    if let Some(table) = checker.table("[task]", node) {
                        task::override_all(&mut draft.tasks, table, checker);
                    }
                }
                "arm" => checker.report(Problem::new(
                    node.key,
                    "arms cannot be changed on the command line",
                    "not here",
                    "change [model] or [train] for all arms, or edit the file",
                )),
                _ => draft.header(name, node, checker),
            }
        }
        if draft.name.is_none() && file.get("name").is_none() && command.get("name").is_none() {
            checker.report(Problem::new(
                Place::START,
                "missing key `name`",
                "this file has no `name`",
                "add a line such as name = \"gates-on-adding\"",
            ));
        }
        if file.get("task").is_none_or(|node| matches!(&node.shape, Shape::List(l) if l.is_empty()))
        {
            let kinds: Vec<_> = checker.words.tasks.iter().map(|entry| entry.name).collect();
            checker.report(Problem::new(
                Place::START,
                "no task",
                "this file has no [[task]]",
                format!("add a table [[task]] with a kind; kinds: {}", kinds.join(", ")),
            ));
        }
        draft
    }

    fn header(&mut self, name: &str, node: &Node, checker: &mut Checker<'_>) {
        match name {
            "name" => {
                self.name = checker.word(name, &words::NAME, node);
                let fault = self.name.as_ref().and_then(|word| labels::name_fault(&word.text));
                if let Some(fault) = fault {
                    let message = "`name` cannot name a folder";
                    checker.report(Problem::new(node.place, message, "here", fault));
                }
            }
            "question" => self.question = checker.word(name, &words::QUESTION, node),
            "baseline" => {
                self.baseline = checker.word(name, &words::BASELINE, node);
                check_label(self.baseline.as_ref(), "`baseline`", checker);
            }
            "seeds" => self.seeds = seeds(node, checker),
            _ => checker.unknown(name, node, "the top-level table", words::TOP),
        }
    }
}

/// Reports a text that cannot name an arm or a task.
pub(crate) fn check_label(word: Option<&Word>, what: &str, checker: &mut Checker<'_>) {
    if let Some((word, fault)) = word.and_then(|w| Some((w, labels::label_fault(&w.text)?))) {
        checker.report(Problem::new(
            word.place,
            format!("{what} is no usable name"),
            "here",
            fault,
        ));
    }
}

/// `seeds = 5` is 0 to 4; a list gives the seeds themselves.
fn seeds(node: &Node, checker: &mut Checker<'_>) -> Option<Vec<u64>> {
    const MOST: u64 = 100_000;
    const HELP: &str = "`seeds` takes how many replicates, from 1 to 100000, or a list of \
                        different whole numbers, at least 0";
    let wrong = |at: &Node, message: &str| {
        Problem::new(at.place, message, format!("found {}", at.found()), HELP)
    };
    let number = |node: &Node| match &node.shape {
        Shape::Scalar(value) => value.as_u64(),
        _ => None,
    };
    let items = match &node.shape {
        Shape::List(items) => items,
        Shape::Scalar(Value::Number(_)) => {
            let count = number(node).filter(|count| (1..=MOST).contains(count));
            if count.is_none() {
                checker.report(wrong(node, "`seeds` is out of range"));
            }
            return count.map(|count| (0..count).collect());
        }
        _ => {
            checker.report(wrong(node, "`seeds` has the wrong type"));
            return None;
        }
    };
    if items.is_empty() || items.len() as u64 > MOST {
        let label = format!("found {} seeds", items.len());
        checker.report(Problem::new(node.place, "`seeds` is out of range", label, HELP));
        return None;
    }
    let mut first = BTreeMap::new();
    let mut seeds = Vec::new();
    for item in items {
        match number(item) {
            None => checker.report(wrong(item, "a seed is no whole number, at least 0")),
            Some(seed) => {
                if let Some(place) = first.insert(seed, item.place) {
                    let problem =
                        Problem::new(item.place, format!("seed {seed} twice"), "again", HELP);
                    checker.report(problem.and(place, "first here"));
                }
                seeds.push(seed);
            }
        }
    }
    Some(seeds)
}

fn arm(node: &Node, table: &Table, checker: &mut Checker<'_>) -> ArmDraft {
    let before = checker.problems.len();
    let mut arm = ArmDraft { place: node.place, name: None, settings: Vec::new() };
    for (name, node) in &table.entries {
        match name.as_str() {
            "name" => {
                arm.name = checker.word("name", &words::ARM_NAME, node);
                check_label(arm.name.as_ref(), "`name` of an arm", checker);
            }
            "backend" => {
                let key = checker.words.backend;
                arm.settings.push(checker.setting("", &key, node, Part::Arm));
            }
            "model" => arm.settings.extend(checker.model(node, Part::Arm)),
            "train" => arm.settings.extend(checker.train(node, Part::Arm)),
            _ => checker.unknown(name, node, "[[arm]]", words::ARM),
        }
    }
    if arm.settings.is_empty() && checker.problems.len() == before {
        let name = arm.name.as_ref().map_or("", |word| word.text.as_str());
        checker.report(Problem::new(
            node.place,
            format!("arm \"{}\" changes nothing", shown(name)),
            "here",
            "give it a change, such as model.hidden = 128; [model] alone is an arm already",
        ));
    }
    if table.get("name").is_none() {
        let help = "add a line name = \"…\"";
        checker.report(Problem::new(node.place, "an [[arm]] has no `name`", "here", help));
    }
    arm
}
