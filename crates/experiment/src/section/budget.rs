//! `[budget]`: the width that gives an arm a number of parameters.

use schema::{Key, Kind, Literal};

use crate::key::checker::{Checker, takes};
use crate::key::reference::{Default as Unless, Row, Section, of, said, section};
use crate::key::setting::Word;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape};

/// The section.
pub(crate) const ABOUT: About =
    About { name: "budget", on_command_line: OnCommandLine::KeyByKey, describe };

/// Keys of `[budget]`.
pub(crate) const BUDGET: [&str; 3] = ["parameters", "tolerance", "match"];
/// `parameters` of `[budget]`.
pub(crate) const BUDGET_PARAMETERS: Key = Key::required(
    "parameters",
    Kind::Integer { min: 1, max: 100_000_000 },
    "Trainable parameters that every arm is to have; the nearest `model.hidden` is taken.",
);
/// Default of `tolerance` of `[budget]`.
pub(crate) const DEFAULT_TOLERANCE: f64 = 0.05;
/// `tolerance` of `[budget]`.
pub(crate) const BUDGET_TOLERANCE: Key = Key::new(
    "tolerance",
    Kind::Number { min: 0.0, max: 1.0 },
    Literal::Number(DEFAULT_TOLERANCE),
    "Largest deviation from the budget, relative to it.",
);
/// An item of `match` of `[budget]`.
pub(crate) const BUDGET_ARM: Key = Key::optional("match", Kind::Text, "Names of arms.");

/// `[budget]` as it is written.
pub(crate) struct BudgetDraft {
    /// Its header.
    pub place: Place,
    pub parameters: u64,
    /// Where `parameters` is written.
    pub parameters_place: Place,
    pub tolerance: f64,
    /// Names of the arms that it holds for; all if `None`.
    pub arms: Option<Vec<Word>>,
}

/// Reads `[budget]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Option<BudgetDraft> {
    let table = checker.table("[budget]", node)?;
    for (name, node) in &table.entries {
        if !BUDGET.contains(&name.as_str()) {
            checker.unknown(name, node, "[budget]", BUDGET);
        }
    }
    let tolerance = table.get("tolerance").map_or(Some(DEFAULT_TOLERANCE), |node| {
        checker.value("budget.tolerance", &BUDGET_TOLERANCE, node)?.as_f64()
    });
    let arms = table.get("match").map(|node| names(node, checker));
    let Some(parameters) = table.get("parameters") else {
        let help = takes(&BUDGET_PARAMETERS);
        checker.report(Problem::new(node.key, "[budget] has no `parameters`", "here", help));
        return None;
    };
    let place = parameters.place;
    let value = checker.value("budget.parameters", &BUDGET_PARAMETERS, parameters)?;
    Some(BudgetDraft {
        place: node.key,
        parameters: value.as_u64()?,
        parameters_place: place,
        tolerance: tolerance?,
        arms,
    })
}

fn names(node: &Node, checker: &mut Checker<'_>) -> Vec<Word> {
    let Shape::List(items) = &node.shape else {
        let help = "write match = [\"gru\"], or leave it out for all arms";
        let found = format!("found {}", node.found());
        checker.report(Problem::new(node.place, "`match` needs a list of arms", found, help));
        return Vec::new();
    };
    items.iter().filter_map(|item| checker.word("match", &BUDGET_ARM, item)).collect()
}

fn rows() -> Vec<Row> {
    let arms = "The arms whose width is chosen.";
    vec![
        of(&BUDGET_PARAMETERS),
        of(&BUDGET_TOLERANCE),
        said("match", "a list of names of arms", Unless::Said("all arms"), arms),
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[budget]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), BUDGET);
    }
}
