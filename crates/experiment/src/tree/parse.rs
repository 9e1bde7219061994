//! TOML text to a tree.

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use crate::text::place::Place;
use crate::text::problem::Problem;
use crate::tree::value::{Node, Shape, Table};

/// Most keys of one table: more than any has a use for, and few enough to be looked through
/// one by one.
const MOST_KEYS: usize = 1000;

/// Parses a text; `source` is its index among the sources.
///
/// # Errors
/// Everything that is not TOML, and tables with too many keys.
pub(crate) fn parse(text: &str, source: usize) -> Result<Table, Vec<Problem>> {
    let (root, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        let mut wrong = Vec::new();
        let place = Place::new(source, 0..0);
        let tree = table(root.get_ref(), place, &mut wrong);
        return if wrong.is_empty() { Ok(tree) } else { Err(wrong) };
    }
    let problem = |error: &toml::de::Error| {
        let place = Place::new(source, error.span().unwrap_or(0..0));
        let label = match error.message() {
            "duplicate key" => "given a second time",
            _ => "this is not TOML",
        };
        Problem::new(place, error.message(), label, "")
    };
    // Text nested too deeply is reported once, not once per bracket.
    if let Some(error) = errors.iter().find(|error| error.message().contains("recursion")) {
        return Err(vec![problem(error)]);
    }
    Err(errors.iter().map(problem).collect())
}

/// A table, whose header is at `place`; `wrong` is what keys given twice and too many of
/// them come to.
fn table(table: &DeTable<'_>, place: Place, wrong: &mut Vec<Problem>) -> Table {
    if table.len() > MOST_KEYS {
        let message = format!("a table of {} keys", table.len());
        let help = format!("a table has at most {MOST_KEYS} keys");
        wrong.push(Problem::new(place, message, "this table", help));
        return Table::default();
    }
    let source = place.source;
    let mut entries: Vec<_> = table
        .iter()
        .map(|(key, value)| {
            let key_place = Place::new(source, key.span());
            (key.get_ref().to_string(), node(key_place, value, source, wrong))
        })
        .collect();
    entries.sort_by_key(|(_, node)| node.key);
    if entries.iter().all(|(name, _)| segments(name).is_none()) {
        return Table { entries };
    }
    let mut tree = Table::default();
    for (name, node) in entries {
        match segments(&name) {
            Some(path) => insert(&mut tree, &path, node, wrong),
            None => insert(&mut tree, &[&name], node, wrong),
        }
    }
    tree
}

/// The segments of a quoted key such as `"train.steps"`, which means what the bare one
/// means. No key is called after dots alone, and none is nested deeply.
fn segments(name: &str) -> Option<Vec<&str>> {
    const MOST: usize = 8;
    let path: Vec<_> = name.split('.').take(MOST + 1).collect();
    let plain = path.iter().all(|segment| !segment.is_empty());
    (plain && (2..=MOST).contains(&path.len())).then_some(path)
}

fn insert(table: &mut Table, path: &[&str], node: Node, twice: &mut Vec<Problem>) {
    let [name, rest @ ..] = path else { return };
    let at = table.entries.iter().position(|(key, _)| key == name);
    if rest.is_empty() && at.is_none() {
        table.entries.push(((*name).to_owned(), node));
        return;
    }
    let at = at.unwrap_or_else(|| {
        let (key, place) = (node.key, node.place);
        let inner = Node { key, place, shape: Shape::Table(Table::default()) };
        table.entries.push(((*name).to_owned(), inner));
        table.entries.len() - 1
    });
    let present = &mut table.entries[at].1;
    match (&mut present.shape, node) {
        (Shape::Table(inner), node) if !rest.is_empty() => insert(inner, rest, node, twice),
        (Shape::Table(inner), Node { shape: Shape::Table(more), .. }) => {
            for (name, node) in more.entries {
                insert(inner, &[&name], node, twice);
            }
        }
        (_, node) => {
            let problem = Problem::new(node.key, "duplicate key", "given a second time", "");
            twice.push(problem.and(present.key, "the first"));
        }
    }
}

fn node(key: Place, value: &Spanned<DeValue<'_>>, source: usize, wrong: &mut Vec<Problem>) -> Node {
    let place = Place::new(source, value.span());
    let shape = match value.get_ref() {
        DeValue::String(text) => Shape::Scalar(text.as_ref().into()),
        DeValue::Boolean(truth) => Shape::Scalar((*truth).into()),
        DeValue::Integer(integer) => whole(integer),
        DeValue::Float(float) => real(float.as_str()),
        DeValue::Datetime(_) => Shape::Unusable("a date or time"),
        DeValue::Table(inner) => Shape::Table(table(inner, place, wrong)),
        DeValue::Array(items) => {
            let items = items.iter().map(|item| {
                let place = Place::new(source, item.span());
                node(place, item, source, wrong)
            });
            Shape::List(items.collect())
        }
    };
    Node { key, place, shape }
}

fn whole(integer: &DeInteger<'_>) -> Shape {
    match i64::from_str_radix(integer.as_str(), integer.radix()) {
        Ok(value) => Shape::Scalar(value.into()),
        Err(_) => Shape::Unusable("a whole number of more than 64 bits"),
    }
}

fn real(text: &str) -> Shape {
    let value = text.parse().unwrap_or(f64::NAN);
    match serde_json::Number::from_f64(value) {
        Some(number) => Shape::Scalar(Value::Number(number)),
        None if value.is_nan() => Shape::Unusable("not a number"),
        None => Shape::Unusable("an infinite number"),
    }
}
