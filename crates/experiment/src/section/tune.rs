//! `[tune]`.

use schema::{Key, Kind, Literal};

use crate::key::checker::Checker;
use crate::key::reference::{Default as Unless, Row, Section, of, said, section};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::{self, Axis};
use crate::section::task::TaskDraft;
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "tune", on_command_line: OnCommandLine::KeyByKey, describe };

/// Keys of `[tune]`.
pub(crate) const TUNE: [&str; 2] = ["over", "seeds"];
/// Default of `seeds` of `[tune]`.
pub(crate) const DEFAULT_TUNING_SEEDS: u64 = 2;
/// `seeds` of `[tune]`.
pub(crate) const TUNING_SEEDS: Key = Key::new(
    "seeds",
    Kind::Integer { min: 1, max: 10_000 },
    Literal::Integer(DEFAULT_TUNING_SEEDS as i64),
    "Runs of each candidate, on seeds that no replicate uses.",
);

/// `[tune]` as it is written.
#[derive(Clone)]
pub(crate) struct TuneDraft {
    /// Its header.
    pub place: Place,
    pub over: Vec<Axis>,
    pub seeds: u64,
}

/// Reads `[tune]`.
pub(crate) fn read(
    node: &Node,
    tasks: &[TaskDraft],
    checker: &mut Checker<'_>,
) -> Option<TuneDraft> {
    const HELP: &str = "write over = { \"train.learning_rate\" = [1e-2, 1e-3] }";
    let table = checker.table("[tune]", node)?;
    let before = checker.problems.len();
    let mut over = None;
    let mut seeds = Some(DEFAULT_TUNING_SEEDS);
    for (name, node) in &table.entries {
        match name.as_str() {
            "over" => {
                if let Some(table) = checker.table("[tune.over]", node) {
                    over = Some(axis::lists(table, Part::Tune, "[tune.over]", tasks, checker));
                }
            }
            "seeds" => {
                let value = checker.value("tune.seeds", &TUNING_SEEDS, node);
                seeds = value.and_then(|value| value.as_u64());
            }
            _ => checker.unknown(name, node, "[tune]", TUNE),
        }
    }
    let nothing = over.as_ref().is_some_and(Vec::is_empty) && checker.problems.len() == before;
    if nothing || table.get("over").is_none() {
        checker.report(Problem::new(node.key, "[tune] has nothing to tune", "here", HELP));
        return None;
    }
    let over = over?;
    for axis in over.iter().filter(|axis| axis.is_of_tasks()) {
        let message = format!("`{}` cannot be tuned", axis.key);
        let help = "tuning chooses values of an arm; a task is the same for all arms";
        checker.report(Problem::new(axis.place, message, "a key of the tasks", help));
    }
    Some(TuneDraft { place: node.key, over, seeds: seeds? })
}

fn rows() -> Vec<Row> {
    let over = "What is tried: every combination.";
    let lists = "a table of lists, as [grid], without keys of tasks";
    vec![said("over", lists, Unless::Required, over), of(&TUNING_SEEDS)]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[tune]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), TUNE);
    }
}
