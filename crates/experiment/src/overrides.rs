//! `key=value` arguments of the command line.

use serde_json::Value;

use crate::place::Place;
use crate::problem::{Problem, shown};
use crate::tree::{self, Node, Shape, Table};

/// Reads the argument whose index among the sources is `source`. The value is TOML; a
/// bare word is a text.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn parse(argument: &str, source: usize) -> Result<Table, Vec<Problem>> {
    let whole = Place::new(source, 0..argument.len());
    let Some((key, value)) = argument.split_once('=') else {
        let message = format!("the override \"{}\" has no `=`", shown(argument));
        let help = "write key=value, such as train.steps=50";
        return Err(vec![Problem::new(whole, message, "here", help)]);
    };
    if argument.contains(['\n', '\r']) {
        let message = "an override must be one line";
        return Err(vec![Problem::new(whole, message, "here", "give one override per argument")]);
    }
    if key.trim().is_empty() || key.trim_start().starts_with(['#', '[']) {
        let message = format!("the override \"{}\" has no key", shown(argument));
        return Err(vec![Problem::new(whole, message, "here", "write key=value")]);
    }
    let written = Place::new(source, key.len() + 1..argument.len());
    if value.trim().is_empty() {
        let message = format!("the override of `{}` has no value", shown(key));
        return Err(vec![Problem::new(written, message, "expected a value", "")]);
    }
    if let Ok(table) = tree::parse(argument, source) {
        return Ok(table);
    }
    // The key alone, so that its own mistakes are told from a bare word's.
    let mut table = tree::parse(&format!("{key}=0"), source)?;
    if value.trim_start().starts_with(['"', '\'', '[', '{']) {
        return tree::parse(argument, source);
    }
    set_leaf(&mut table, Value::from(value.trim()), written);
    Ok(table)
}

fn set_leaf(table: &mut Table, value: Value, place: Place) {
    let mut table = table;
    while let Some((_, Node { place: at, shape, .. })) = table.entries.first_mut() {
        match shape {
            Shape::Table(inner) => table = inner,
            leaf => {
                *leaf = Shape::Scalar(value);
                *at = place;
                return;
            }
        }
    }
}

/// Lays `later` over `earlier`: where both give a key, `later` wins.
pub(crate) fn merge(earlier: &mut Table, later: Table) {
    for (name, node) in later.entries {
        let present = earlier.entries.iter_mut().find(|(key, _)| *key == name);
        match (present, node) {
            (
                Some((_, Node { shape: Shape::Table(below), .. })),
                Node { shape: Shape::Table(above), .. },
            ) => merge(below, above),
            (Some((_, below)), above) => *below = above,
            (None, node) => earlier.entries.push((name, node)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(argument: &str) -> Value {
        let mut table = parse(argument, 1).unwrap();
        loop {
            match table.entries.remove(0).1.shape {
                Shape::Table(inner) => table = inner,
                Shape::Scalar(value) => return value,
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn values_are_toml_and_bare_words_are_text() {
        assert_eq!(leaf("train.steps=50"), 50);
        assert_eq!(leaf("train.learning_rate = 1e-3"), 1e-3);
        assert_eq!(leaf("model.lstm.forget_gate=always-one"), "always-one");
        assert_eq!(leaf("model.lstm.forget_gate=\"always-one\""), "always-one");
        assert_eq!(leaf("backend=ndarray"), "ndarray");
        assert_eq!(leaf("name=a=b"), "a=b");
        assert_eq!(leaf("x=true"), true);
    }

    #[test]
    fn a_later_override_wins_and_others_stay() {
        let mut all = Table::default();
        for (i, argument) in ["a.b=1", "a.c=2", "a.b=3"].iter().enumerate() {
            merge(&mut all, parse(argument, i + 1).unwrap());
        }
        let Shape::Table(a) = &all.get("a").unwrap().shape else { panic!("no table") };
        assert_eq!(a.get("b").unwrap().found(), "3");
        assert_eq!(a.get("c").unwrap().found(), "2");
    }
}
