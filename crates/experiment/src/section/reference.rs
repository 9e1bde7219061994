//! Every key of an experiment file, section by section, for documents and for `describe`.
//!
//! The sections are made from the tables that files are checked with, so they cannot say
//! something else than the reader. Keys that no table can hold (lists, and tables with keys
//! of other sections) are described here in words.

use schema::{Key, Kind};

use crate::section::seed::MOST_SEEDS;
use crate::section::words;
use crate::{Catalogue, Entry};

/// A table of the experiment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// How the file spells it: `[tune]`; `top` for the keys above all tables.
    pub name: String,
    /// Its keys, in the order in which they are described.
    pub rows: Vec<Row>,
}

/// A key of the experiment file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name within its table; dotted for keys of a table within the table.
    pub key: String,
    /// What it takes.
    pub values: Values,
    /// What it is when the file says nothing.
    pub default: Default,
    /// What it means, in sentences.
    pub doc: String,
}

/// What a key takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// One of these words, each with what it selects, where that is said here.
    Words(Vec<(&'static str, &'static str)>),
    /// What is said here.
    Said(String),
}

/// What a key is when the file says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Default {
    /// It has to be given.
    Required,
    /// Nothing.
    None,
    /// This value, as it is written in the file.
    Value(String),
    /// What is said here.
    Said(&'static str),
}

/// Every section of an experiment file with these words.
pub fn sections(catalogue: &dyn Catalogue) -> Vec<Section> {
    let tasks = catalogue.tasks();
    let architectures = catalogue.architectures();
    let words = words::Words::new(catalogue);
    let mut sections = vec![
        section("top", top(words.backend)),
        section("[[task]]", task(names(&tasks))),
        section("metric", metric()),
    ];
    sections.extend(tasks.iter().map(|entry| {
        section(&format!("[[task]] of kind \"{}\"", entry.name), of_keys(entry.keys))
    }));
    let selects = "Selects the architecture; required, unless every arm has its own.";
    let mut model = vec![said("architecture", names(&architectures), Default::Required, selects)];
    model.extend(of_keys(words::MODEL));
    sections.push(section("[model]", model));
    sections.extend(
        architectures
            .iter()
            .map(|entry| section(&format!("[model.{}]", entry.name), of_keys(entry.keys))),
    );
    sections.push(section("[train]", of_keys(catalogue.train_keys())));
    sections.extend([
        section("[[arm]]", arm()),
        section("[random]", random()),
        section("[[exclude]]", exclude()),
        section("[seed]", seed()),
        section("[tune]", tune()),
        section("[budget]", budget()),
        section("[halving]", halving()),
        section("[[claim]]", claim()),
    ]);
    sections
}

/// The names of architectures or tasks, which `describe` explains.
fn names(entries: &[Entry]) -> Values {
    Values::Words(entries.iter().map(|entry| (entry.name, "")).collect())
}

fn section(name: &str, rows: Vec<Row>) -> Section {
    Section { name: name.to_owned(), rows }
}

fn said(key: &str, values: impl Into<Values>, default: Default, doc: &str) -> Row {
    Row { key: key.to_owned(), values: values.into(), default, doc: doc.to_owned() }
}

impl From<&str> for Values {
    fn from(text: &str) -> Self {
        Self::Said(text.to_owned())
    }
}

/// The rows of a table of keys; those of a table within it follow it.
fn of_keys(keys: &[Key]) -> Vec<Row> {
    let mut rows = Vec::new();
    for key in keys {
        rows.push(of(key));
        if let Kind::Table(inner) = key.kind {
            rows.extend(of_keys(inner).into_iter().map(|row| {
                let dotted = format!("{}.{}", key.name, row.key);
                Row { key: dotted, ..row }
            }));
        }
    }
    rows
}

fn of(key: &Key) -> Row {
    let values = match key.kind {
        Kind::OneOf(choices) => {
            Values::Words(choices.iter().map(|choice| (choice.word, choice.doc)).collect())
        }
        Kind::Table(_) => Values::Said("a table with the keys below".into()),
        kind => Values::Said(kind.to_string()),
    };
    let default = match key.default {
        Some(default) => Default::Value(default.to_string()),
        None if key.optional => Default::None,
        None => Default::Required,
    };
    let doc = key.doc.to_owned();
    Row { key: key.name.to_owned(), values, default, doc }
}

fn top(backend: Key) -> Vec<Row> {
    let name = of(&words::NAME);
    let letters = "letters a to z of either case, digits, `-`, `_` and `.`, which may not come \
                   first; at most 100";
    let seeds =
        format!("a whole number from 1 to {MOST_SEEDS}, or a list of different ones from 0");
    let doc = "Replicates of every arm; 3 means [0, 1, 2].";
    let default = Default::Value(words::DEFAULT_SEEDS.to_string());
    let extends = "The file that this one lies over, see `extends`.";
    let baseline = Default::Said("the architecture of [model]");
    vec![
        Row { values: letters.into(), ..name },
        said("extends", "path of another file", Default::None, extends),
        of(&words::QUESTION),
        said("seeds", Values::Said(seeds), default, doc),
        Row { default: baseline, ..of(&words::BASELINE) },
        of(&backend),
    ]
}

fn task(kinds: Values) -> Vec<Row> {
    let metric = "What selects the best weights on validation, and what arms are compared by.";
    let primary = Default::Said("the task's primary metric");
    let train = "Keys of [train] for this task only: `train.steps = 600`.";
    vec![
        said("kind", kinds, Default::Required, "The task."),
        Row { default: Default::Said("the kind"), ..of(&words::LABEL) },
        said("metric", "a name, or a table of the keys below", primary, metric),
        said("train", "a table of keys of [train]", Default::None, train),
    ]
}

fn metric() -> Vec<Row> {
    let solved = "When a run counts as having solved the task.";
    let best = Default::Value("\"best\"".into());
    vec![
        Row { default: Default::Said("the primary one"), ..of(&words::METRIC_NAME) },
        Row { default: Default::Said("the metric's own"), ..of(&words::GOAL) },
        Row { default: best, ..of(&words::AT) },
        said("solved", "a table with one of the keys below", Default::None, solved),
        Row { key: "solved.below".into(), ..of(&words::SOLVED[0]) },
        Row { key: "solved.above".into(), ..of(&words::SOLVED[1]) },
    ]
}

fn arm() -> Vec<Row> {
    let baseline = || Default::Said("the baseline's");
    let table = |name: &str| Values::Said(format!("a table of keys of [{name}]"));
    let doc = "What differs from the baseline; at least one key of the three.";
    vec![
        of(&words::ARM_NAME),
        said("model", table("model"), baseline(), doc),
        said("train", table("train"), baseline(), "As above."),
        said("backend", "a word of `backend`", baseline(), "As above."),
    ]
}

fn random() -> Vec<Row> {
    let varied = "A list, of which one is drawn, or a range; real numbers are drawn with four \
                  digits.";
    let end = |which: &str| format!("The {which} end of a range, which may be drawn.");
    let range = "a list, or a table of the keys below";
    let number = || Values::Said("a number that the key takes".into());
    let linear = Default::Value("\"linear\"".into());
    vec![
        of(&words::RANDOM_SAMPLES),
        of(&words::RANDOM_SEED),
        said("KEY", range, Default::None, varied),
        said("KEY.low", number(), Default::Required, &end("lower")),
        said("KEY.high", number(), Default::Required, &end("upper")),
        Row { key: "KEY.scale".into(), default: linear, ..of(&words::SCALE) },
    ]
}

fn exclude() -> Vec<Row> {
    let key = "Points with all of these values are left out.";
    vec![
        Row { default: Default::Said("all arms"), ..of(&words::EXCLUDED_ARM) },
        said("KEY", "one value of a key that varies", Default::Required, key),
    ]
}

fn seed() -> Vec<Row> {
    let rule = || Values::Said("\"vary\", or a whole number, at least 0".into());
    let vary = || Default::Value("\"vary\"".into());
    let initial = "Seed of the initial weights: the replicate's own, or this one in all.";
    let order = "Seed of the order of the training data, and of the sequences that a generator \
                 draws for training.";
    vec![
        said("initialisation", rule(), vary(), initial),
        said("order", rule(), vary(), order),
        Row { default: Default::Value("\"fixed\"".into()), ..of(&words::SEED_SPLIT) },
    ]
}

fn tune() -> Vec<Row> {
    let over = "What is tried: every combination.";
    let lists = "a table of lists, as [grid], without keys of tasks";
    vec![said("over", lists, Default::Required, over), of(&words::TUNING_SEEDS)]
}

fn budget() -> Vec<Row> {
    let arms = "The arms whose width is chosen.";
    vec![
        of(&words::BUDGET_PARAMETERS),
        of(&words::BUDGET_TOLERANCE),
        said("match", "a list of names of arms", Default::Said("all arms"), arms),
    ]
}

fn halving() -> Vec<Row> {
    let rungs = "a rising list of multiples of `evaluate_every`, below `steps`";
    vec![Row { values: rungs.into(), ..of(&words::RUNG) }, of(&words::HALVING_KEEP)]
}

fn claim() -> Vec<Row> {
    let margin = Default::Said("`0`; required for \"equivalent\"");
    let tasks = "a list of labels of tasks";
    vec![
        of(&words::CLAIM_TEXT),
        of(&words::CLAIM_LEFT),
        of(&words::CLAIM_RIGHT),
        of(&words::CLAIM_EXPECT),
        Row { default: margin, ..of(&words::CLAIM_MARGIN) },
        Row { default: Default::Said("their primary one"), ..of(&words::CLAIM_METRIC) },
        Row { values: tasks.into(), default: Default::Said("all"), ..of(&words::CLAIM_TASK) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys of a section, those of tables within it and stand-ins left out.
    fn keys(rows: &[Row]) -> Vec<&str> {
        let keys = rows.iter().map(|row| row.key.as_str());
        keys.filter(|key| !key.contains('.') && !key.starts_with("KEY")).collect()
    }

    #[test]
    fn a_section_has_the_keys_that_the_reader_knows() {
        assert_eq!(keys(&seed()), words::SEED);
        assert_eq!(keys(&budget()), words::BUDGET);
        assert_eq!(keys(&tune()), words::TUNE);
        assert_eq!(keys(&halving()), words::HALVING);
        assert_eq!(keys(&claim()), words::CLAIM);
        assert_eq!(keys(&arm()), words::ARM);
        assert_eq!(keys(&task(names(&[]))), words::TASK);
        assert_eq!(keys(&metric()), words::METRIC);
        let tables = ["seed", "task", "model", "train", "arm", "grid", "zip", "random", "exclude"];
        let tables = tables.iter().chain(&["budget", "tune", "halving", "claim"]);
        let mut top: Vec<_> = keys(&top(words::NAME)).into_iter().map(str::to_owned).collect();
        // The last one is the backend's, which the catalogue gives.
        top.pop();
        top.push("backend".into());
        top.extend(tables.map(|&table| table.to_owned()));
        top.sort_unstable();
        let mut known = words::TOP.map(str::to_owned).to_vec();
        known.sort_unstable();
        assert_eq!(top, known);
    }

    #[test]
    fn a_key_says_what_its_table_says() {
        const INNER: &[Key] = &[Key::required("patience", Kind::Boolean, "How long.")];
        let rows = of_keys(&[Key::optional("stop", Kind::Table(INNER), "When.")]);
        assert_eq!((rows[0].key.as_str(), rows[1].key.as_str()), ("stop", "stop.patience"));
        assert_eq!((&rows[0].default, &rows[1].default), (&Default::None, &Default::Required));
        let tolerance = of(&words::BUDGET_TOLERANCE);
        assert_eq!(tolerance.default, Default::Value(words::DEFAULT_TOLERANCE.to_string()));
        assert_eq!(tolerance.values, Values::Said("a number from 0 to 1".into()));
        let split = of(&words::SEED_SPLIT);
        let words = vec![
            ("vary", "Another in every replicate."),
            ("fixed", "That of the task's `split_seed`."),
        ];
        assert_eq!(split.values, Values::Words(words));
    }
}
