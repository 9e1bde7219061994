//! Checks the tables of the file against the tables of keys, one value at a time.

use schema::{Choice, Key, Kind, Mismatch};
use serde_json::Value;

use crate::key::layers::Layers;
use crate::key::setting::{Setting, Word};
use crate::key::vocabulary::Vocabulary;
use crate::text::nearest::nearest;
use crate::text::origin::Part;
use crate::text::place::Sources;
use crate::text::problem::{Problem, shown};
use crate::tree::value::{Node, Shape, Table};

/// Collects what is wrong while the parts of the file are read.
pub(crate) struct Checker<'a> {
    pub words: &'a Vocabulary,
    pub sources: &'a Sources,
    pub problems: Vec<Problem>,
}

impl Checker<'_> {
    pub fn report(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Checks one value; `dotted` names it in messages.
    pub fn value(&mut self, dotted: &str, key: &Key, node: &Node) -> Option<Value> {
        if let (Kind::Table(keys), Shape::Table(table)) = (key.kind, &node.shape) {
            return self.inner_table(dotted, keys, node, table);
        }
        if let (Kind::ListOf { words, .. }, Shape::List(items)) = (key.kind, &node.shape) {
            return self.inner_list(dotted, key, words, node, items);
        }
        let problem = match &node.shape {
            Shape::Scalar(value) => match key.kind.check(value) {
                Ok(value) => return Some(value),
                Err(Mismatch::Type) => wrong_type(dotted, key, node),
                Err(Mismatch::Range) => out_of_range(dotted, key, node, value),
            },
            Shape::Unusable(_) | Shape::List(_) | Shape::Table(_) => wrong_type(dotted, key, node),
        };
        self.report(problem);
        None
    }

    /// Checks a value that is a list of words.
    fn inner_list(
        &mut self,
        dotted: &str,
        key: &Key,
        choices: &'static [Choice],
        node: &Node,
        items: &[Node],
    ) -> Option<Value> {
        let of_item = Key { kind: Kind::OneOf(choices), ..*key };
        let words: Vec<_> = items.iter().map(|item| self.value(dotted, &of_item, item)).collect();
        let list = Value::Array(words.into_iter().collect::<Option<_>>()?);
        if let Ok(list) = key.kind.check(&list) {
            return Some(list);
        }
        let message = format!("`{dotted}` has {} items", items.len());
        self.report(Problem::new(node.place, message, "here", takes(key)));
        None
    }

    /// Checks a value that is a table: `train.early_stopping`.
    fn inner_table(
        &mut self,
        dotted: &str,
        keys: &[Key],
        node: &Node,
        table: &Table,
    ) -> Option<Value> {
        let (label, prefix) = (format!("`{dotted}`"), format!("{dotted}."));
        let before = self.problems.len();
        let settings = self.settings(table, &label, &prefix, keys, Part::Top);
        let completed = Layers(&[&settings]).complete(keys, &prefix);
        for (_, key) in &completed.missing {
            let message = format!("{label} has no `{}`", key.name);
            self.report(Problem::new(node.place, message, "here", takes(key)));
        }
        (self.problems.len() == before).then_some(Value::Object(completed.options))
    }

    /// Checks one text.
    pub fn word(&mut self, dotted: &str, key: &Key, node: &Node) -> Option<Word> {
        match self.value(dotted, key, node) {
            Some(Value::String(text)) => Some(Word { text, place: node.place }),
            _ => None,
        }
    }

    /// The node as a table; `label` is how the file spells it, `[model]`.
    pub fn table<'n>(&mut self, label: &str, node: &'n Node) -> Option<&'n Table> {
        if let Shape::Table(table) = &node.shape {
            return Some(table);
        }
        let message = format!("{label} must be a table");
        let help = match &node.shape {
            Shape::List(_) => format!("write {label}, with one pair of brackets"),
            _ => format!("write its keys below a line {label}"),
        };
        self.report(Problem::new(node.place, message, format!("found {}", node.found()), help));
        None
    }

    /// The node as a list of tables: `[[task]]`.
    pub fn tables<'n>(&mut self, label: &str, node: &'n Node) -> Vec<(&'n Node, &'n Table)> {
        let mut tables = Vec::new();
        let mut wrong = None;
        if let Shape::List(items) = &node.shape {
            for item in items {
                match &item.shape {
                    Shape::Table(table) => tables.push((item, table)),
                    _ => wrong = Some(item),
                }
            }
        } else {
            wrong = Some(node);
        }
        if let Some(node) = wrong {
            let message = format!("{label} must be a list of tables");
            let help = format!("write {label}, with two pairs of brackets, once for each");
            self.report(Problem::new(node.place, message, format!("found {}", node.found()), help));
        }
        tables
    }

    /// Reports a key that the table does not have.
    pub fn unknown<'k>(
        &mut self,
        name: &str,
        node: &Node,
        label: &str,
        known: impl IntoIterator<Item = &'k str>,
    ) {
        let known: Vec<_> = known.into_iter().collect();
        let homes = self.words.homes(name);
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? "),
            None if homes.is_empty() => String::new(),
            None => format!("`{}` is a key of {}; ", shown(name), listed(&homes)),
        };
        let keys = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.report(Problem::new(
            node.key,
            format!("unknown key `{}` in {label}", shown(name)),
            "unknown key",
            format!("{hint}keys of {label}: {keys}"),
        ));
    }

    /// Checks a table of plain keys; `prefix` (`train.`) makes their names dotted.
    pub fn settings(
        &mut self,
        table: &Table,
        label: &str,
        prefix: &str,
        keys: &[Key],
        part: Part,
    ) -> Vec<Setting> {
        let mut settings = Vec::new();
        for (name, node) in &table.entries {
            match keys.iter().find(|key| key.name == name) {
                Some(key) => settings.push(self.setting(prefix, key, node, part)),
                None => self.unknown(name, node, label, keys.iter().map(|key| key.name)),
            }
        }
        settings
    }

    pub fn setting(&mut self, prefix: &str, key: &Key, node: &Node, part: Part) -> Setting {
        let dotted = format!("{prefix}{}", key.name);
        let value = self.value(&dotted, key, node);
        let origin = self.sources.origin(node.key, part);
        Setting { key: dotted, value, place: node.place, origin }
    }

    /// Checks the name of an architecture or a task; `what` says which of them.
    pub fn registered<'k>(
        &mut self,
        what: &str,
        dotted: &str,
        names: impl Iterator<Item = &'k str>,
        node: &Node,
    ) -> Option<&'k str> {
        let names: Vec<_> = names.collect();
        let list = names.join(", ");
        let Shape::Scalar(Value::String(word)) = &node.shape else {
            let message = format!("`{dotted}` has the wrong type");
            let help = format!("`{dotted}` takes the name of one: {list}");
            self.report(Problem::new(node.place, message, format!("found {}", node.found()), help));
            return None;
        };
        if let Some(name) = names.iter().find(|name| *name == word) {
            return Some(name);
        }
        let hint = nearest(word, names.iter().copied())
            .map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
        self.report(Problem::new(
            node.place,
            format!("no {what} is called \"{}\"", shown(word)),
            format!("unknown {what}"),
            format!("{hint}{what}s: {list}"),
        ));
        None
    }
}

fn wrong_type(dotted: &str, key: &Key, node: &Node) -> Problem {
    let message = format!("`{dotted}` has the wrong type");
    Problem::new(node.place, message, format!("found {}", node.found()), takes(key))
}

fn out_of_range(dotted: &str, key: &Key, node: &Node, value: &Value) -> Problem {
    match (key.kind, value) {
        (Kind::OneOf(choices), Value::String(word)) => {
            let hint = nearest(word, choices.iter().map(|choice| choice.word))
                .map_or_else(String::new, |near| format!("did you mean \"{near}\"? "));
            let message = format!("`{dotted}` has no choice \"{}\"", shown(word));
            Problem::new(node.place, message, "unknown choice", hint + &takes(key))
        }
        (Kind::Text, _) => {
            Problem::new(node.place, format!("`{dotted}` is empty"), "empty", takes(key))
        }
        _ => {
            let message = format!("`{dotted}` is out of range");
            Problem::new(node.place, message, format!("found {value}"), takes(key))
        }
    }
}

/// What a key takes and means.
pub(crate) fn takes(key: &Key) -> String {
    let one_of = if matches!(key.kind, Kind::OneOf(_)) { "one of " } else { "" };
    format!("`{}` takes {one_of}{}: {}", key.name, key.kind, key.doc)
}

/// The first few of a list.
fn listed(items: &[String]) -> String {
    const MOST: usize = 3;
    let more = if items.len() > MOST { ", …" } else { "" };
    items.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join(", ") + more
}
