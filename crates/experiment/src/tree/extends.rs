//! `extends`: a file that says only what is different from another file.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::text::file;
use crate::text::place::Sources;
use crate::text::problem::{Problem, shown};
use crate::tree::parse;
use crate::tree::value::{Node, Shape, Table};

/// A file that the experiment file extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extended {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// Lays the file over the file that it extends, that one over the one it extends, and so
/// on. Every file that is read is added to `sources` and to the result.
///
/// `None` if a file in the chain cannot be read: what is missing then says nothing.
///
/// Tables are merged key by key, an `[[arm]]` or `[[claim]]` is added to those of the
/// other file (an arm of the same name replaces it), everything else replaces what the
/// other file says. `name` is not taken over: it names the results.
pub(crate) fn extend(
    file: Table,
    path: &Path,
    sources: &mut Sources,
    problems: &mut Vec<Problem>,
) -> Option<(Table, Vec<Extended>)> {
    let mut chain = vec![(file, path.to_owned())];
    let mut seen = vec![identity(path)];
    let mut extended = Vec::new();
    while let Some((table, path)) = chain.last_mut() {
        let Some(node) = table.remove("extends") else { break };
        let next = other(&node, path, &seen, problems)?;
        let text = match file::read_regular(&next) {
            Ok(text) => text,
            Err(error) => {
                let message = error.to_string();
                let help = "`extends` takes the path of a file, relative to the file it is in";
                problems.push(Problem::new(node.place, message, "this file", help));
                return None;
            }
        };
        let source = sources.add_file(&next, &text);
        extended.push(Extended { path: next.clone(), text: text.clone() });
        match parse::parse(&text, source) {
            Ok(table) => {
                seen.push(identity(&next));
                chain.push((table, next));
            }
            Err(wrong) => {
                problems.extend(wrong);
                return None;
            }
        }
    }
    let merged = chain.into_iter().rev().map(|(table, _)| table).reduce(lay_over);
    Some((merged?, extended))
}

/// The path that `extends` names, if it names one that is not in the chain already.
fn other(
    node: &Node,
    path: &Path,
    seen: &[PathBuf],
    problems: &mut Vec<Problem>,
) -> Option<PathBuf> {
    let Shape::Scalar(Value::String(name)) = &node.shape else {
        let found = format!("found {}", node.found());
        let help = "write extends = \"other.toml\"";
        problems.push(Problem::new(node.place, "`extends` has the wrong type", found, help));
        return None;
    };
    let next = path.parent().unwrap_or(Path::new("")).join(name);
    if seen.contains(&identity(&next)) {
        let message = format!("\"{}\" extends itself", shown(name));
        let label = "this file is being read already";
        let help = "files that extend each other in a circle have no beginning";
        problems.push(Problem::new(node.place, message, label, help));
        return None;
    }
    Some(next)
}

/// The file behind a path, for comparing; the path itself where there is none.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn lay_over(mut below: Table, mut above: Table) -> Table {
    below.remove("name");
    for list in ["arm", "claim"] {
        let (Some(Node { shape: Shape::List(first), .. }), Some(node)) =
            (below.get(list), above.entries.iter_mut().find(|(name, _)| name == list))
        else {
            continue;
        };
        let Shape::List(own) = &mut node.1.shape else { continue };
        let mut all = first.clone();
        for item in std::mem::take(own) {
            let name = arm_name(&item);
            let same = (list == "arm" && name.is_some())
                .then(|| all.iter_mut().find(|other| arm_name(other) == name))
                .flatten();
            match same {
                Some(other) => *other = item,
                None => all.push(item),
            }
        }
        *own = all;
    }
    below.lay_over(above);
    below
}

fn arm_name(node: &Node) -> Option<&Value> {
    let Shape::Table(table) = &node.shape else { return None };
    match &table.get("name")?.shape {
        Shape::Scalar(name) => Some(name),
        _ => None,
    }
}
