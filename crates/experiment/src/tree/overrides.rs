//! `key=value` arguments of the command line. A comma between values makes a list, which
//! sweeps a key: `train.learning_rate=1e-3,3e-3`.

use serde_json::Value;

use crate::text::place::Place;
use crate::text::problem::{Problem, shown};
use crate::tree::parse;
use crate::tree::value::{Node, Shape, Table};

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
    if let Ok(table) = parse::parse(argument, source) {
        return Ok(table);
    }
    // The key alone, so that its own mistakes are told from a bare word's.
    let mut table = parse::parse(&format!("{key}=0"), source)?;
    // Text may hold commas.
    let sweeps = value.contains(',') && !["name", "question", "baseline"].contains(&key.trim());
    if sweeps && let Ok(mut listed) = parse::parse(&format!("{key}=[{value}]"), source) {
        shift(&mut listed, key.len() + 1);
        return Ok(listed);
    }
    if value.trim_start().starts_with(['"', '\'', '[', '{']) {
        return parse::parse(argument, source);
    }
    if sweeps {
        set_leaf(&mut table, Shape::List(words(value, written)), written);
        return Ok(table);
    }
    set_leaf(&mut table, Shape::Scalar(Value::from(value.trim())), written);
    Ok(table)
}

/// Moves every place back by the bracket that was put in at `at`.
fn shift(table: &mut Table, at: usize) {
    fn back(node: &mut Node, at: usize) {
        for place in [&mut node.key, &mut node.place] {
            place.start -= usize::from(place.start > at);
            place.end -= usize::from(place.end > at);
        }
        match &mut node.shape {
            Shape::Table(inner) => shift(inner, at),
            Shape::List(items) => items.iter_mut().for_each(|item| back(item, at)),
            Shape::Scalar(_) | Shape::Unusable(_) => {}
        }
    }
    table.entries.iter_mut().for_each(|(_, node)| back(node, at));
}

/// Items between commas, each TOML or a bare word.
fn words(value: &str, written: Place) -> Vec<Node> {
    let mut start = written.start;
    let item = |text: &str| {
        let at = start + (text.len() - text.trim_start().len());
        start += text.len() + 1;
        let place = Place::new(written.source, at..at + text.trim().len());
        let leaf = parse::parse(&format!("x={text}"), written.source).ok();
        let shape = leaf.and_then(|mut table| Some(table.entries.pop()?.1.shape));
        let shape = shape.filter(|shape| matches!(shape, Shape::Scalar(_)));
        let shape = shape.unwrap_or_else(|| Shape::Scalar(Value::from(text.trim())));
        Node { key: place, place, shape }
    };
    value.split(',').map(item).collect()
}

/// Takes out what a table of overrides gives as a list: the keys to sweep.
pub(crate) fn take_sweeps(table: &mut Table) -> Table {
    let mut sweeps = Table::default();
    let mut plain = Vec::new();
    for (name, Node { key, place, shape }) in std::mem::take(&mut table.entries) {
        match shape {
            Shape::Table(mut inner) => {
                let taken = take_sweeps(&mut inner);
                for (table, entries) in [(taken, &mut sweeps.entries), (inner, &mut plain)] {
                    if !table.entries.is_empty() {
                        let shape = Shape::Table(table);
                        entries.push((name.clone(), Node { key, place, shape }));
                    }
                }
            }
            Shape::List(_) => sweeps.entries.push((name, Node { key, place, shape })),
            shape => plain.push((name, Node { key, place, shape })),
        }
    }
    table.entries = plain;
    sweeps
}

fn set_leaf(table: &mut Table, value: Shape, place: Place) {
    let mut table = table;
    while let Some((_, Node { place: at, shape, .. })) = table.entries.first_mut() {
        match shape {
            Shape::Table(inner) => table = inner,
            leaf => {
                *leaf = value;
                *at = place;
                return;
            }
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
    fn commas_make_lists_of_values_or_words() {
        let list = |argument: &str| {
            let mut shape = Shape::Table(parse(argument, 1).unwrap());
            while let Shape::Table(table) = &mut shape {
                shape = table.entries.remove(0).1.shape;
            }
            let Shape::List(items) = shape else { panic!("no list") };
            items
                .into_iter()
                .map(|item| (item.found(), &argument[item.place.start..item.place.end]))
                .fold(String::new(), |text, (found, written)| {
                    format!("{text}{found} = {written}; ")
                })
        };
        let rates = "train.learning_rate = 1e-3, 3e-3";
        assert_eq!(list(rates), "0.001 = 1e-3; 0.003 = 3e-3; ");
        let gates = "model.lstm.forget_gate=learned, always-one";
        assert_eq!(
            list(gates),
            r#"the text "learned" = learned; the text "always-one" = always-one; "#
        );
        assert_eq!(list("a=1,x"), r#"1 = 1; the text "x" = x; "#);
        assert_eq!(list("a=[1, 2]"), "1 = 1; 2 = 2; ");
        assert_eq!(leaf("question=Why, though?"), "Why, though?");
    }

    #[test]
    fn lists_are_taken_out_and_the_rest_stays() {
        let mut table = Table::default();
        for argument in ["train.steps=5", "train.rate=1,2", "model.lstm.bias=3,4", "seeds=1,2"] {
            table.lay_over(parse(argument, 1).unwrap());
        }
        let sweeps = take_sweeps(&mut table);
        let names =
            |table: &Table| table.entries.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&table), ["train"]);
        assert_eq!(names(&sweeps), ["train", "model", "seeds"]);
    }

    #[test]
    fn a_later_override_wins_and_others_stay() {
        let mut all = Table::default();
        for (i, argument) in ["a.b=1", "a.c=2", "a.b=3"].iter().enumerate() {
            all.lay_over(parse(argument, i + 1).unwrap());
        }
        let Shape::Table(a) = &all.get("a").unwrap().shape else { panic!("no table") };
        assert_eq!(a.get("b").unwrap().found(), "3");
        assert_eq!(a.get("c").unwrap().found(), "2");
    }
}
