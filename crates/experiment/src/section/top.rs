//! The keys above all tables.

use schema::{Choice, Key, Kind};
use store::{Keep, Rounds};

use crate::key::checker::Checker;
use crate::key::names::{check_label, name_fault};
use crate::key::reference::{Default as Unless, Row, Section, Values, of, said, section};
use crate::key::setting::Word;
use crate::key::vocabulary::Vocabulary;
use crate::section::seed::{self, MOST_SEEDS};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape};

/// `name`.
pub(crate) const NAME: Key =
    Key::required("name", Kind::Text, "Names the experiment and its folder under results/.");
/// `question`.
pub(crate) const QUESTION: Key =
    Key::optional("question", Kind::Text, "What the experiment is to answer; heads the report.");
/// `baseline`.
pub(crate) const BASELINE: Key = Key::optional(
    "baseline",
    Kind::Text,
    "Names the arm that [model] alone describes and that the others are compared with.",
);
/// `keep`.
pub(crate) const KEEP: Key = Key::optional(
    "keep",
    Kind::OneOf(&[
        Choice { word: "none", doc: "None." },
        Choice { word: "best", doc: "Those that were best on validation." },
        Choice { word: "last", doc: "The last ones." },
        Choice { word: "both", doc: "The best and the last." },
    ]),
    "Weights that each run keeps, for `export` and `predict`; none if absent. What is finished \
     already is not run again for them.",
);
/// `probes`.
pub(crate) const PROBES: Key = Key::optional(
    "probes",
    Kind::Integer { min: 0, max: 10_000 },
    "How often, at most, each run looks at its gradients and gates: before its first step and at \
     evaluations evenly apart; 0 for never. If absent, once in 200 steps, twice at least and 20 times at most. No part \
     of the identity: what is computed does not depend on it.",
);
/// Replicates of a file that gives no `seeds`.
pub(crate) const DEFAULT_SEEDS: u64 = 5;

/// Keys of the top, in the order in which messages list them; `seed`, a section, stands
/// beside `seeds`.
pub(crate) const KEYS: [&str; 9] =
    ["name", "extends", "question", "seeds", "seed", "baseline", "keep", "probes", "backend"];

/// The top as it is written.
#[derive(Default)]
pub(crate) struct Top {
    pub name: Option<Word>,
    pub question: Option<Word>,
    pub seeds: Option<Vec<u64>>,
    /// Which of them are run.
    pub rounds: Option<Rounds>,
    /// Where `seeds` is written.
    pub seeds_place: Option<Place>,
    pub baseline: Option<Word>,
    pub keep: Option<Word>,
    pub probes: Option<u64>,
}

impl Top {
    /// Which weights the main runs keep.
    pub fn keep(&self) -> Keep {
        self.keep.as_ref().and_then(|word| Keep::of_word(&word.text)).unwrap_or_default()
    }

    /// Reads a key that is no section's, of the file or above it.
    pub fn read(&mut self, name: &str, node: &Node, checker: &mut Checker<'_>) {
        match name {
            "name" => {
                self.name = checker.word(name, &NAME, node);
                let fault = self.name.as_ref().and_then(|word| name_fault(&word.text));
                if let Some(fault) = fault {
                    let message = "`name` cannot name a folder";
                    checker.report(Problem::new(node.place, message, "here", fault));
                }
            }
            "question" => self.question = checker.word(name, &QUESTION, node),
            "baseline" => {
                self.baseline = checker.word(name, &BASELINE, node);
                check_label(self.baseline.as_ref(), "`baseline`", checker);
            }
            "keep" => self.keep = checker.word(name, &KEEP, node),
            "probes" => {
                self.probes = checker.value(name, &PROBES, node).and_then(|value| value.as_u64());
            }
            "seeds" => {
                (self.seeds, self.rounds) = match &node.shape {
                    Shape::Table(table) => seed::until_decided(node, table, checker).unzip(),
                    _ => (seed::seeds(name, node, checker), None),
                };
                self.seeds_place = Some(node.place);
            }
            _ => checker.unknown(
                name,
                node,
                "the top-level table",
                checker.words.top.iter().copied(),
            ),
        }
    }
}

/// The part of the reference above all sections.
pub(crate) fn describe(words: &Vocabulary) -> Section {
    section("top", rows(words.backend))
}

fn rows(backend: Key) -> Vec<Row> {
    let name = of(&NAME);
    let letters = "letters a to z of either case, digits, `-`, `_` and `.`, which may not come \
                   first; at most 100";
    let seeds = format!(
        "a whole number from 1 to {MOST_SEEDS}, or a list of different ones from 0, or a \
                 range of them: \"0..5\"; or {{ from, at_most, until = \"decided\" }}"
    );
    let doc = "Replicates of every arm; 3 means [0, 1, 2]. As a table: `from` so many, then one more at a \
               time where something is not decided yet, up to `at_most`, see below.";
    let default = Unless::Value(DEFAULT_SEEDS.to_string());
    let extends = "The file that this one lies over, see `extends`.";
    let baseline = Unless::Said("the architecture of [model]");
    vec![
        Row { values: letters.into(), ..name },
        said("extends", "path of another file", Unless::None, extends),
        of(&QUESTION),
        said("seeds", Values::Said(seeds), default, doc),
        Row { default: baseline, ..of(&BASELINE) },
        of(&KEEP),
        of(&PROBES),
        of(&backend),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_and_the_section_seed_are_those_that_are_read() {
        let rows = rows(Key::optional("backend", Kind::Text, ""));
        let known: Vec<_> = KEYS.into_iter().filter(|key| *key != "seed").collect();
        assert_eq!(keys(&rows), known);
    }
}
