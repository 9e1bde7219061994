//! `[tune]`.

use store::{TunedKey, Tuning};

use crate::Part;
use crate::section::axes::{self, Axis};
use crate::section::checker::Checker;
use crate::section::setting::Setting;
use crate::section::sweep::product;
use crate::section::task::TaskDraft;
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::Node;

/// `[tune]` as it is written.
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
    let mut over = None;
    let mut seeds = Some(words::DEFAULT_TUNING_SEEDS);
    for (name, node) in &table.entries {
        match name.as_str() {
            "over" => {
                if let Some(table) = checker.table("[tune.over]", node) {
                    over = Some(axes::lists(table, Part::Tune, "[tune.over]", tasks, checker));
                }
            }
            "seeds" => {
                let value = checker.value("tune.seeds", &words::TUNING_SEEDS, node);
                seeds = value.and_then(|value| value.as_u64());
            }
            _ => checker.unknown(name, node, "[tune]", words::TUNE),
        }
    }
    let nothing = over.as_ref().is_some_and(Vec::is_empty) && checker.problems.is_empty();
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

impl TuneDraft {
    /// Candidates of each arm on each task.
    pub fn size(&self) -> usize {
        self.over.iter().map(|axis| axis.values.len()).fold(1, usize::saturating_mul)
    }

    /// The settings of each candidate, the last key fastest.
    pub fn candidates(&self) -> Vec<Vec<Setting>> {
        let axis = |axis: &Axis| axis.values.iter().map(|value| vec![value.clone()]).collect();
        product(&self.over.iter().map(axis).collect::<Vec<_>>())
    }

    /// The plan's section, without candidates yet.
    pub fn section(&self) -> Tuning {
        let tuned = |axis: &Axis| TunedKey {
            key: axis.key.clone(),
            values: axis.values.iter().filter_map(|setting| setting.value.clone()).collect(),
        };
        Tuning {
            over: self.over.iter().map(tuned).collect(),
            seeds: (0..self.seeds).map(|seed| Tuning::FIRST_SEED + seed).collect(),
            candidates: Vec::new(),
            chosen: Vec::new(),
        }
    }
}
