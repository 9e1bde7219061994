//! `seeds` and `[seed]`.

use std::collections::BTreeMap;

use serde_json::Value;
use store::{SeedRule, Seeding, SplitRule};

use crate::section::checker::Checker;
use crate::section::words;
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::node::{Node, Shape};

/// Most replicates of an arm.
pub(crate) const MOST_SEEDS: u64 = 100_000;

/// `[seed]` as it is written.
#[derive(Default)]
pub(crate) struct SeedDraft {
    pub seeding: Seeding,
    /// Its header.
    pub place: Option<Place>,
    /// Where `split` is written.
    pub split: Option<Place>,
}

/// `seeds = 5` is 0 to 4; a list gives the seeds themselves. `name` is the key's.
pub(crate) fn seeds(name: &str, node: &Node, checker: &mut Checker<'_>) -> Option<Vec<u64>> {
    let help = format!(
        "`{name}` takes how many replicates, from 1 to {MOST_SEEDS}, or a list of different whole \
         numbers, at least 0"
    );
    let wrong = |at: &Node, message: String| {
        Problem::new(at.place, message, format!("found {}", at.found()), help.as_str())
    };
    let number = |node: &Node| match &node.shape {
        Shape::Scalar(value) => value.as_u64(),
        _ => None,
    };
    let items = match &node.shape {
        Shape::List(items) => items,
        Shape::Scalar(Value::Number(_)) => {
            let count = number(node).filter(|count| (1..=MOST_SEEDS).contains(count));
            if count.is_none() {
                checker.report(wrong(node, format!("`{name}` is out of range")));
            }
            return count.map(|count| (0..count).collect());
        }
        _ => {
            checker.report(wrong(node, format!("`{name}` has the wrong type")));
            return None;
        }
    };
    if items.is_empty() || items.len() as u64 > MOST_SEEDS {
        let label = format!("found {} seeds", items.len());
        checker.report(Problem::new(
            node.place,
            format!("`{name}` is out of range"),
            label,
            help.as_str(),
        ));
        return None;
    }
    let mut first = BTreeMap::new();
    let mut seeds = Vec::new();
    for item in items {
        match number(item) {
            None => checker.report(wrong(item, "a seed is no whole number, at least 0".into())),
            Some(seed) => {
                if let Some(place) = first.insert(seed, item.place) {
                    let message = format!("seed {seed} twice");
                    let problem = Problem::new(item.place, message, "again", help.as_str());
                    checker.report(problem.and(place, "first here"));
                }
                seeds.push(seed);
            }
        }
    }
    Some(seeds)
}

/// Reads `[seed]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> SeedDraft {
    let mut draft = SeedDraft { place: Some(node.key), ..SeedDraft::default() };
    let Some(table) = checker.table("[seed]", node) else { return draft };
    for (name, node) in &table.entries {
        match name.as_str() {
            "initialisation" => draft.seeding.initialisation = rule(name, node, checker),
            "order" => draft.seeding.order = rule(name, node, checker),
            "split" => {
                let word = checker.word("seed.split", &words::SEED_SPLIT, node);
                if word.is_some_and(|word| word.text == "vary") {
                    draft.seeding.split = SplitRule::Vary;
                    draft.split = Some(node.key);
                }
            }
            _ => checker.unknown(name, node, "[seed]", words::SEED),
        }
    }
    draft
}

fn rule(name: &str, node: &Node, checker: &mut Checker<'_>) -> SeedRule {
    let problem = match &node.shape {
        Shape::Scalar(Value::String(word)) if word == "vary" => return SeedRule::Vary,
        Shape::Scalar(value) if value.is_u64() => {
            return value.as_u64().map_or(SeedRule::Vary, SeedRule::Fixed);
        }
        Shape::Scalar(Value::Number(_) | Value::String(_)) => "is out of range",
        _ => "has the wrong type",
    };
    let help = format!(
        "`{name}` takes \"vary\", then each replicate has its own, or a whole number, at least \
         0, for all of them"
    );
    let message = format!("`seed.{name}` {problem}");
    checker.report(Problem::new(node.place, message, format!("found {}", node.found()), help));
    SeedRule::Vary
}
