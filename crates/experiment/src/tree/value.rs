//! The values of the file, each with where it is written.

use serde_json::Value;

use crate::text::place::Place;
use crate::text::problem::shown;

/// A value of the file.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// Where its key is written; for an item of a list, the item itself.
    pub key: Place,
    /// Where it is written; for a table, its header.
    pub place: Place,
    pub shape: Shape,
}

#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// A truth value, a 64-bit integer, a finite number or a text.
    Scalar(Value),
    /// Valid TOML that no key takes, in words.
    Unusable(&'static str),
    List(Vec<Node>),
    Table(Table),
}

/// Keys in the order in which they are written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table {
    pub entries: Vec<(String, Node)>,
}

impl Table {
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.entries.iter().find(|(key, _)| key == name).map(|(_, node)| node)
    }

    /// Takes a key out.
    pub fn remove(&mut self, name: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(key, _)| key == name)?;
        Some(self.entries.remove(at).1)
    }

    /// Lays `later` over this: tables are merged, of anything else the later one counts.
    pub fn lay_over(&mut self, later: Self) {
        for (name, node) in later.entries {
            let present = self.entries.iter_mut().find(|(key, _)| *key == name);
            match (present, node) {
                (
                    Some((_, Node { shape: Shape::Table(below), .. })),
                    Node { shape: Shape::Table(above), .. },
                ) => below.lay_over(above),
                (Some((_, below)), above) => *below = above,
                (None, node) => self.entries.push((name, node)),
            }
        }
    }
}

impl Node {
    /// The value in words, for a message.
    pub fn found(&self) -> String {
        match &self.shape {
            Shape::Scalar(Value::String(text)) => format!("the text \"{}\"", shown(text)),
            Shape::Scalar(value) => value.to_string(),
            Shape::Unusable(words) => (*words).to_owned(),
            Shape::List(_) => "a list".to_owned(),
            Shape::Table(_) => "a table".to_owned(),
        }
    }
}
