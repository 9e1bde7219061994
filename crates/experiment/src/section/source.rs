//! `[source]`: what the experiment repeats or puts to the test.

use schema::{Key, Kind};
use store::Source;

use crate::key::checker::Checker;
use crate::key::reference::{Row, Section, of, section};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::problem::Problem;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About = About {
    name: "source",
    on_command_line: OnCommandLine::Refused {
        message: "`source` cannot be given on the command line",
        help: "edit the file",
    },
    describe,
};

const STATEMENT: Key = Key::optional(
    "statement",
    Kind::Text,
    "The sentence that is put to the test, as people say it.",
);
const PAPER: Key =
    Key::optional("paper", Kind::Text, "Authors, year and address of the publication.");
const PLACE: Key = Key::optional("place", Kind::Text, "Its table, figure or section.");
const SAME: Key = Key::optional("same", Kind::Text, "What is the same here.");
const DIFFERS: Key = Key::optional("differs", Kind::Text, "What differs here, and why.");
/// Keys of `[source]`.
const KEYS: [Key; 5] = [STATEMENT, PAPER, PLACE, SAME, DIFFERS];

/// Reads `[source]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Option<Source> {
    let table = checker.table("[source]", node)?;
    for (name, node) in &table.entries {
        if KEYS.iter().all(|key| key.name != name) {
            checker.unknown(name, node, "[source]", KEYS.map(|key| key.name));
        }
    }
    if table.entries.is_empty() {
        let help = "give it a statement or a paper, or leave it out";
        checker.report(Problem::new(node.place, "[source] says nothing", "here", help));
    }
    let [statement, paper, place, same, differs] = KEYS.map(|key| {
        let word = table.get(key.name).and_then(|node| checker.word(key.name, &key, node));
        word.map_or_else(String::new, |word| word.text)
    });
    Some(Source { statement, paper, place, same, differs })
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    let rows: Vec<Row> = KEYS.iter().map(of).collect();
    vec![section("[source]", rows)]
}
