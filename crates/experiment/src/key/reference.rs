//! How a section's keys are described, for documents and for `describe`.
//!
//! Descriptions are made from the tables that files are checked with, so they cannot say
//! something else than the reader. Keys that no table can hold (lists, and tables with keys
//! of other sections) are described in words by their section.

use schema::{Key, Kind};

use crate::catalogue::Entry;

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

/// The names of architectures or tasks, which `describe` explains.
pub(crate) fn names(entries: &[Entry]) -> Values {
    Values::Words(entries.iter().map(|entry| (entry.name, "")).collect())
}

/// A section under the name that the file spells.
pub(crate) fn section(name: &str, rows: Vec<Row>) -> Section {
    Section { name: name.to_owned(), rows }
}

/// A key that no table of keys can hold.
pub(crate) fn said(key: &str, values: impl Into<Values>, default: Default, doc: &str) -> Row {
    Row { key: key.to_owned(), values: values.into(), default, doc: doc.to_owned() }
}

impl From<&str> for Values {
    fn from(text: &str) -> Self {
        Self::Said(text.to_owned())
    }
}

/// The rows of a table of keys; those of a table within it follow it.
pub(crate) fn of_keys(keys: &[Key]) -> Vec<Row> {
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

/// The row of a key.
pub(crate) fn of(key: &Key) -> Row {
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

/// The keys of a section, those of tables within it and stand-ins left out.
#[cfg(test)]
pub(crate) fn keys(rows: &[Row]) -> Vec<&str> {
    let keys = rows.iter().map(|row| row.key.as_str());
    keys.filter(|key| !key.contains('.') && !key.starts_with("KEY")).collect()
}

#[cfg(test)]
mod tests {
    use schema::{Choice, Literal};

    use super::*;

    const TOLERANCE: Key =
        Key::new("tolerance", Kind::Number { min: 0.0, max: 1.0 }, Literal::Number(0.05), "Most.");
    const SPLIT: Key = Key::optional(
        "split",
        Kind::OneOf(&[
            Choice { word: "vary", doc: "Another in every replicate." },
            Choice { word: "fixed", doc: "That of the task's `split_seed`." },
        ]),
        "Whether.",
    );

    #[test]
    fn a_key_says_what_its_table_says() {
        const INNER: &[Key] = &[Key::required("patience", Kind::Boolean, "How long.")];
        let rows = of_keys(&[Key::optional("stop", Kind::Table(INNER), "When.")]);
        assert_eq!((rows[0].key.as_str(), rows[1].key.as_str()), ("stop", "stop.patience"));
        assert_eq!((&rows[0].default, &rows[1].default), (&Default::None, &Default::Required));
        let tolerance = of(&TOLERANCE);
        assert_eq!(tolerance.default, Default::Value("0.05".into()));
        assert_eq!(tolerance.values, Values::Said("a number from 0 to 1".into()));
        let split = of(&SPLIT);
        let words = vec![
            ("vary", "Another in every replicate."),
            ("fixed", "That of the task's `split_seed`."),
        ];
        assert_eq!(split.values, Values::Words(words));
    }
}
