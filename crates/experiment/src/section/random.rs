//! `[random]`: keys whose values are drawn, and from what.

use schema::{Choice, Key, Kind, Literal};

use crate::key::checker::Checker;
use crate::key::reference::{Default as Unless, Row, Section, Values, of, said, section};
use crate::key::setting::{Setting, Word};
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::section::axis::{Leaf, leaves};
use crate::section::task::TaskDraft;
use crate::text::origin::{Origin, Part};
use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

/// The section.
pub(crate) const ABOUT: About =
    About { name: "random", on_command_line: OnCommandLine::KeyByKey, describe };

const SEED_NUMBER: Kind = Kind::Integer { min: 0, max: i64::MAX };
/// `samples` of `[random]`.
pub(crate) const RANDOM_SAMPLES: Key = Key::required(
    "samples",
    Kind::Integer { min: 1, max: 100_000 },
    "How many points are drawn, the same for every arm.",
);
/// `seed` of `[random]`.
pub(crate) const RANDOM_SEED: Key =
    Key::new("seed", SEED_NUMBER, Literal::Integer(0), "Decides which points are drawn.");
/// `scale` of a range in `[random]`.
pub(crate) const SCALE: Key = Key::optional(
    "scale",
    Kind::OneOf(&[
        Choice { word: "linear", doc: "Every difference is as likely as every other." },
        Choice { word: "log", doc: "Every factor is as likely as every other." },
    ]),
    "How values are drawn between `low` and `high`.",
);

/// `[random]` as it is written.
#[derive(Debug, Clone)]
pub(crate) struct Random {
    pub samples: u64,
    pub seed: u64,
    pub spreads: Vec<Spread>,
}

/// A key and what its values are drawn from.
#[derive(Debug, Clone)]
pub(crate) struct Spread {
    pub key: String,
    pub place: Place,
    pub origin: Origin,
    pub range: Range,
}

#[derive(Debug, Clone)]
pub(crate) enum Range {
    /// Each with the same probability.
    Choice(Vec<Setting>),
    Between(Between),
}

/// Numbers between two ends, both included.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Between {
    pub low: f64,
    pub high: f64,
    /// Whether every factor is as likely as every other, not every difference.
    pub log: bool,
    /// Whether only whole numbers are drawn.
    pub whole: bool,
}

/// Reads `[random]`.
pub(crate) fn read(node: &Node, tasks: &[TaskDraft], checker: &mut Checker<'_>) -> Option<Random> {
    let mut table = checker.table("[random]", node)?.clone();
    let samples = table.remove("samples");
    let seed = table.remove("seed");
    let mut number = |node: Option<Node>, key: &Key| {
        let value = checker.value(&format!("random.{}", key.name), key, &node?)?;
        value.as_u64()
    };
    let seed = number(seed, &RANDOM_SEED).unwrap_or(0);
    let given = samples.is_some();
    let samples = number(samples, &RANDOM_SAMPLES);
    if !given {
        let help = "add a line samples = 20";
        checker.report(Problem::new(node.key, "[random] has no `samples`", "here", help));
    }
    let mut spreads = Vec::new();
    for leaf in leaves(&table, "[random]", tasks, checker) {
        if leaf.key.starts_with("task.") {
            let message = format!("`{}` cannot be drawn at random", leaf.key);
            let help = "arms are compared within a task: list its values in [grid]";
            checker.report(Problem::new(leaf.node.key, message, "a key of the tasks", help));
            continue;
        }
        let range = match &leaf.node.shape {
            Shape::Table(table) => between(&leaf, table, checker).map(Range::Between),
            _ => {
                leaf.axis(Part::Random, "[random]", checker).map(|axis| Range::Choice(axis.values))
            }
        };
        let Some(range) = range else { continue };
        let origin = checker.sources.origin(leaf.node.key, Part::Random);
        spreads.push(Spread { key: leaf.key, place: leaf.node.key, origin, range });
    }
    Some(Random { samples: samples.unwrap_or(1), seed, spreads })
}

fn between(leaf: &Leaf<'_>, table: &Table, checker: &mut Checker<'_>) -> Option<Between> {
    const HELP: &str = "write { low = 1e-4, high = 1e-1, scale = \"log\" }, or a list of values";
    let label = format!("`{}`", leaf.key);
    for (name, node) in &table.entries {
        if !["low", "high", "scale"].contains(&name.as_str()) {
            checker.unknown(name, node, &label, ["low", "high", "scale"]);
        }
    }
    let whole = match leaf.keys.first()?.kind {
        Kind::Integer { .. } => true,
        Kind::Number { .. } => false,
        _ => {
            let message = format!("{label} has no range to draw from");
            checker.report(Problem::new(leaf.node.place, message, "not a number", HELP));
            return None;
        }
    };
    let mut end = |name: &str| -> Option<(f64, Place)> {
        let Some(node) = table.get(name) else {
            let message = format!("{label} in [random] has no `{name}`");
            checker.report(Problem::new(leaf.node.place, message, "this range", HELP));
            return None;
        };
        Some((leaf.setting(node, Part::Random, checker).value?.as_f64()?, node.place))
    };
    let (low, high) = (end("low"), end("high"));
    let scale: Option<Word> =
        table.get("scale").and_then(|node| checker.word("scale", &SCALE, node));
    let ((low, low_place), (high, high_place)) = (low?, high?);
    let log = scale.is_some_and(|word| word.text == "log");
    if low >= high {
        let message = format!("{label} in [random] has no value between {low} and {high}");
        let problem = Problem::new(high_place, message, "not above `low`", HELP);
        checker.report(problem.and(low_place, "`low`"));
        return None;
    }
    if log && low <= 0.0 {
        let message = format!("{label} in [random] has no logarithm at {low}");
        let help = "with scale = \"log\", `low` must be above 0";
        checker.report(Problem::new(low_place, message, "not above 0", help));
        return None;
    }
    Some(Between { low, high, log, whole })
}

fn rows() -> Vec<Row> {
    let varied = "A list, of which one is drawn, or a range; real numbers are drawn with four \
                  digits.";
    let end = |which: &str| format!("The {which} end of a range, which may be drawn.");
    let range = "a list, or a table of the keys below";
    let number = || Values::Said("a number that the key takes".into());
    let linear = Unless::Value("\"linear\"".into());
    vec![
        of(&RANDOM_SAMPLES),
        of(&RANDOM_SEED),
        said("KEY", range, Unless::None, varied),
        said("KEY.low", number(), Unless::Required, &end("lower")),
        said("KEY.high", number(), Unless::Required, &end("upper")),
        Row { key: "KEY.scale".into(), default: linear, ..of(&SCALE) },
    ]
}

fn describe(_: &Vocabulary) -> Vec<Section> {
    vec![section("[random]", rows())]
}
