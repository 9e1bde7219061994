//! `[halving]`.

use schema::{Key, Kind, Literal};
use store::Halving;

use crate::key::checker::Checker;
use crate::key::reference::{Row, Section, of, section};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape};

/// The section.
pub(crate) const ABOUT: About =
    About { name: "halving", on_command_line: OnCommandLine::KeyByKey, describe };

/// Keys of `[halving]`.
pub(crate) const HALVING: [&str; 2] = ["rungs", "keep"];
/// An item of `rungs` of `[halving]`.
pub(crate) const RUNG: Key = Key::required(
    "rungs",
    Kind::Integer { min: 1, max: 1_000_000_000 },
    "Optimizer steps after which the worse runs are stopped.",
);
/// Default of `keep` of `[halving]`.
pub(crate) const DEFAULT_KEEP: f64 = 0.5;
/// `keep` of `[halving]`.
pub(crate) const HALVING_KEEP: Key = Key::new(
    "keep",
    Kind::Number { min: 0.01, max: 0.99 },
    Literal::Number(DEFAULT_KEEP),
    "Share of the runs that go on past each rung.",
);

/// `[halving]` as it is written.
pub(crate) struct HalvingDraft {
    pub halving: Halving,
    /// Where each rung is written.
    pub places: Vec<Place>,
}

/// Reads `[halving]`.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Option<HalvingDraft> {
    const HELP: &str = "`rungs` takes the optimizer steps after which the worse runs are stopped, \
                        rising: rungs = [500, 1000]";
    let table = checker.table("[halving]", node)?;
    for (name, node) in &table.entries {
        if !HALVING.contains(&name.as_str()) {
            checker.unknown(name, node, "[halving]", HALVING);
        }
    }
    let keep = table.get("keep").map_or(Some(DEFAULT_KEEP), |node| {
        checker.value("halving.keep", &HALVING_KEEP, node)?.as_f64()
    });
    let Some(rungs) = table.get("rungs") else {
        checker.report(Problem::new(node.key, "[halving] has no `rungs`", "here", HELP));
        return None;
    };
    let items = match &rungs.shape {
        Shape::List(items) if !items.is_empty() => items,
        _ => {
            let message = "`rungs` needs a list of steps";
            let found = format!("found {}", rungs.found());
            checker.report(Problem::new(rungs.place, message, found, HELP));
            return None;
        }
    };
    let mut steps: Vec<u64> = Vec::new();
    for item in items {
        let step = checker.value("halving.rungs", &RUNG, item)?.as_u64()?;
        if steps.last().is_some_and(|&last| last >= step) {
            let message = "the rungs do not rise";
            checker.report(Problem::new(item.place, message, "not above the last", HELP));
            return None;
        }
        steps.push(step);
    }
    let places = items.iter().map(|item| item.place).collect();
    Some(HalvingDraft { halving: Halving { rungs: steps, keep: keep? }, places })
}

fn rows() -> Vec<Row> {
    let rungs = "a rising list of multiples of `evaluate_every`, below `steps`";
    vec![Row { values: rungs.into(), ..of(&RUNG) }, of(&HALVING_KEEP)]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[halving]", rows())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::reference::keys;

    #[test]
    fn the_described_keys_are_those_that_are_read() {
        assert_eq!(keys(&rows()), HALVING);
    }
}
