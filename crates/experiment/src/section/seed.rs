//! `seeds` and `[seed]`.

use std::collections::BTreeMap;

use schema::{Choice, Key, Kind};
use serde_json::Value;
use store::{Rounds, SeedRule, Seeding, SplitRule};

use crate::key::checker::Checker;
use crate::key::reference::{Default as Unless, Row, Section, Values, of, said, section};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

/// The section.
pub(crate) const ABOUT: About =
    About { name: "seed", on_command_line: OnCommandLine::KeyByKey, describe };

const CHOICE_VARY: Choice = Choice { word: "vary", doc: "Another in every replicate." };
/// Keys of `[seed]`.
pub(crate) const SEED: [&str; 3] = ["initialisation", "order", "split"];
/// `split` of `[seed]`.
pub(crate) const SEED_SPLIT: Key = Key::optional(
    "split",
    Kind::OneOf(&[CHOICE_VARY, Choice { word: "fixed", doc: "That of the task's `split_seed`." }]),
    "Whether the validation split varies over the replicates.",
);

/// Most replicates of an arm.
pub(crate) const MOST_SEEDS: u64 = 100_000;

/// Keys of `seeds` as a table.
pub(crate) const SEEDS: [&str; 3] = ["from", "at_most", "until"];
const SEEDS_FROM: Key = Key::required(
    "from",
    Kind::Integer { min: 2, max: MOST_SEEDS as i64 },
    "Replicates of every arm before the first look.",
);
const SEEDS_AT_MOST: Key = Key::required(
    "at_most",
    Kind::Integer { min: 2, max: MOST_SEEDS as i64 },
    "Replicates after which an arm gets no more, decided or not.",
);
const SEEDS_UNTIL: Key = Key::required(
    "until",
    Kind::OneOf(&[Choice {
        word: "decided",
        doc: "An arm gets no more once all that it is compared in is decided.",
    }]),
    "When an arm gets no more.",
);

/// `[seed]` as it is written.
#[derive(Default)]
pub(crate) struct SeedDraft {
    pub seeding: Seeding,
    /// Its header.
    pub place: Option<Place>,
    /// Where `split` is written.
    pub split: Option<Place>,
}

/// `seeds = 5` is 0 to 4; a list gives the seeds themselves, as does a range: `"5..8"` is
/// 5, 6 and 7. `name` is the key's.
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
        Shape::Scalar(Value::String(text)) if let Some((first, end)) = range(text) => {
            let fits = first < end && end - first <= MOST_SEEDS;
            if !fits {
                let help = format!(
                    "a range has from 1 to {MOST_SEEDS} seeds and ends before its second number: \
                     \"0..5\" is [0, 1, 2, 3, 4]"
                );
                let message = format!("`{name}` is out of range");
                let label = format!("found {}", node.found());
                checker.report(Problem::new(node.place, message, label, help));
            }
            return fits.then(|| (first..end).collect());
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

/// The ends of `a..b`. They are seeds as a list may hold them: TOML has no larger numbers.
fn range(text: &str) -> Option<(u64, u64)> {
    let end = |text: &str| {
        let text = text.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i64>().ok()).flatten()?.try_into().ok()
    };
    let (first, last) = text.split_once("..")?;
    Some((end(first)?, end(last)?))
}

/// `seeds = { from = 8, at_most = 30, until = "decided" }`: the seeds 0 to 29, and how many of them
/// every arm starts with.
pub(crate) fn until_decided(
    node: &Node,
    table: &Table,
    checker: &mut Checker<'_>,
) -> Option<(Vec<u64>, Rounds)> {
    for (name, node) in &table.entries {
        if !SEEDS.contains(&name.as_str()) {
            checker.unknown(name, node, "seeds", SEEDS);
        }
    }
    let [from, at_most, until] = [&SEEDS_FROM, &SEEDS_AT_MOST, &SEEDS_UNTIL].map(|key| {
        let Some(found) = table.get(key.name) else {
            let message = format!("`seeds` has no `{}`", key.name);
            let help = "write seeds = { from = 8, at_most = 30, until = \"decided\" }";
            checker.report(Problem::new(node.place, message, "here", help));
            return None;
        };
        checker.value(&format!("seeds.{}", key.name), key, found)
    });
    let (from, at_most, _) = (from?.as_u64()?, at_most?.as_u64()?, until?);
    if from > at_most {
        let message = format!("`seeds` goes from {from} to at most {at_most}");
        checker.report(Problem::new(node.place, message, "here", "give at_most at least as many"));
        return None;
    }
    Some(((0..at_most).collect(), Rounds { first: from as usize }))
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
                let word = checker.word("seed.split", &SEED_SPLIT, node);
                if word.is_some_and(|word| word.text == "vary") {
                    draft.seeding.split = SplitRule::Vary;
                    draft.split = Some(node.key);
                }
            }
            _ => checker.unknown(name, node, "[seed]", SEED),
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

fn rows() -> Vec<Row> {
    let rule = || Values::Said("\"vary\", or a whole number, at least 0".into());
    let vary = || Unless::Value("\"vary\"".into());
    let initial = "Seed of the initial weights: the replicate's own, or this one in all.";
    let order = "Seed of the order of the training data, and of the sequences that a generator \
                 draws for training.";
    vec![
        said("initialisation", rule(), vary(), initial),
        said("order", rule(), vary(), order),
        Row { default: Unless::Value("\"fixed\"".into()), ..of(&SEED_SPLIT) },
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[seed]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), SEED);
    }
}
