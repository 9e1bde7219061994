//! Tables of the keys that an experiment file may hold.
//!
//! A part that a researcher can configure (an architecture, a task, the training loop)
//! states its keys once, as a `&'static [Key]`. From that one table come the checks and
//! the "did you mean" of the experiment file, the defaults, `unroll describe` and the
//! reference page; the part itself reads the checked values with [`read`].
//!
//! This crate is not a parser and knows no file: spans and messages with source lines
//! belong to `experiment`.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Checked values by key name: what a part of the experiment is configured with.
pub type Options = Map<String, Value>;

/// One key of one table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Key {
    /// Name within its table, as written in the file.
    pub name: &'static str,
    /// What values it takes.
    pub kind: Kind,
    /// Value when the file says nothing; `None` makes the key required unless
    /// [`Key::optional`] is set.
    pub default: Option<Literal>,
    /// Whether the key may be absent without having a default.
    pub optional: bool,
    /// One or two sentences for help and the reference page.
    pub doc: &'static str,
}

impl Key {
    /// A key with a default.
    pub const fn new(name: &'static str, kind: Kind, default: Literal, doc: &'static str) -> Self {
        Self { name, kind, default: Some(default), optional: false, doc }
    }

    /// A key that the file must give.
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, default: None, optional: false, doc }
    }

    /// A key that may be absent and then means "none".
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, default: None, optional: true, doc }
    }
}

/// The values that a key takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// `true` or `false`.
    Boolean,
    /// A whole number, both ends included.
    Integer {
        /// Smallest value allowed.
        min: i64,
        /// Largest value allowed.
        max: i64,
    },
    /// A finite real number, both ends included; an integer literal is accepted.
    Number {
        /// Smallest value allowed.
        min: f64,
        /// Largest value allowed.
        max: f64,
    },
    /// Any non-empty text.
    Text,
    /// One of a fixed list of words.
    OneOf(&'static [Choice]),
    /// A list of such words.
    ListOf {
        /// The words.
        words: &'static [Choice],
        /// Most items allowed; the fewest is one.
        most: usize,
    },
    /// A table with keys of its own: `{ patience = 5 }`.
    Table(&'static [Key]),
}

/// One word of a [`Kind::OneOf`] and what it selects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The word as written in the file.
    pub word: &'static str,
    /// What it selects, one sentence.
    pub doc: &'static str,
}

/// A default value, writable in a `const` table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// A truth value.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A real number.
    Number(f64),
    /// A text or the word of a choice.
    Text(&'static str),
}

impl From<Literal> for Value {
    fn from(literal: Literal) -> Self {
        match literal {
            Literal::Boolean(value) => value.into(),
            Literal::Integer(value) => value.into(),
            Literal::Number(value) => value.into(),
            Literal::Text(value) => value.into(),
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Value::from(*self))
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean => write!(f, "true or false"),
            Self::Integer { min, max } => match (*min, *max) {
                (i64::MIN, i64::MAX) => write!(f, "a whole number"),
                (min, i64::MAX) => write!(f, "a whole number, at least {min}"),
                (i64::MIN, max) => write!(f, "a whole number, at most {max}"),
                (min, max) => write!(f, "a whole number from {min} to {max}"),
            },
            Self::Number { min, max } => match (*min <= f64::MIN, *max >= f64::MAX) {
                (true, true) => write!(f, "a number"),
                (false, true) => write!(f, "a number, at least {min}"),
                (true, false) => write!(f, "a number, at most {max}"),
                (false, false) => write!(f, "a number from {min} to {max}"),
            },
            Self::Text => write!(f, "a non-empty text"),
            Self::OneOf(choices) => {
                for (i, choice) in choices.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}\"{}\"", choice.word)?;
                }
                Ok(())
            }
            Self::ListOf { words, most } => {
                write!(f, "a list of up to {most} of {}", Self::OneOf(words))
            }
            Self::Table(keys) => {
                write!(f, "a table of ")?;
                for (i, key) in keys.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{} ({})", key.name, key.kind)?;
                }
                Ok(())
            }
        }
    }
}

/// Why a value does not fit its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// The value is of another type.
    Type,
    /// The type fits, the value is outside the range or list; or a table misses a key.
    Range,
}

impl Kind {
    /// The value in the form that [`read`] expects (whole numbers widened where a real
    /// number is asked for, defaults filled in where a table is).
    ///
    /// # Errors
    /// [`Mismatch`] says whether the type or the range is wrong.
    pub fn check(&self, value: &Value) -> Result<Value, Mismatch> {
        let fits = |ok: bool| if ok { Ok(value.clone()) } else { Err(Mismatch::Range) };
        match (self, value) {
            (Self::Boolean, Value::Bool(_)) => Ok(value.clone()),
            (Self::Integer { min, max }, Value::Number(number)) => match number.as_i64() {
                Some(number) => fits((*min..=*max).contains(&number)),
                None => Err(Mismatch::Type),
            },
            (Self::Number { min, max }, Value::Number(number)) => {
                let number = number.as_f64().ok_or(Mismatch::Type)?;
                if number.is_finite() && (*min..=*max).contains(&number) {
                    Ok(number.into())
                } else {
                    Err(Mismatch::Range)
                }
            }
            (Self::Text, Value::String(text)) => fits(!text.trim().is_empty()),
            (Self::OneOf(choices), Value::String(word)) => {
                fits(choices.iter().any(|choice| choice.word == word))
            }
            (Self::ListOf { words, most }, Value::Array(items)) => {
                let word = Self::OneOf(words);
                for item in items {
                    word.check(item)?;
                }
                fits((1..=*most).contains(&items.len()))
            }
            (Self::Table(keys), Value::Object(given)) => table(keys, given).map(Value::Object),
            _ => Err(Mismatch::Type),
        }
    }
}

fn table(keys: &[Key], given: &Options) -> Result<Options, Mismatch> {
    if given.keys().any(|name| keys.iter().all(|key| key.name != name)) {
        return Err(Mismatch::Type);
    }
    let mut options = Options::new();
    for key in keys {
        let value = match (given.get(key.name), key.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => default.into(),
            (None, None) if key.optional => continue,
            (None, None) => return Err(Mismatch::Range),
        };
        options.insert(key.name.to_owned(), key.kind.check(&value)?);
    }
    Ok(options)
}

/// The defaults of a table.
pub fn defaults(keys: &[Key]) -> Options {
    let with_default = keys.iter().filter_map(|key| Some((key.name, key.default?)));
    with_default.map(|(name, default)| (name.to_owned(), default.into())).collect()
}

/// Takes the options of these names out of `options` and reads them: that, and the options that are left.
///
/// # Errors
/// Those of `serde_json`.
pub fn take<T: DeserializeOwned>(
    options: &Options,
    names: &[&str],
) -> Result<(T, Options), serde_json::Error> {
    let is_named = |name: &String| names.contains(&name.as_str());
    let (named, left): (Options, Options) =
        options.clone().into_iter().partition(|(name, _)| is_named(name));
    Ok((read(&named)?, left))
}

/// Reads checked options into the typed configuration of a part.
///
/// # Errors
/// Those of `serde_json`: a key that the type lacks, or a value it does not take, which
/// means that the part's table and its type disagree.
pub fn read<T: DeserializeOwned>(options: &Options) -> Result<T, serde_json::Error> {
    serde_json::from_value(Value::Object(options.clone()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COUNT: Kind = Kind::Integer { min: 1, max: i64::MAX };
    const RATE: Kind = Kind::Number { min: 0.0, max: 1.0 };
    const CELL: Kind = Kind::OneOf(&[
        Choice { word: "gru", doc: "Gated recurrent unit." },
        Choice { word: "lstm", doc: "Long short-term memory." },
    ]);

    #[test]
    fn a_table_is_checked_key_by_key_and_filled_with_defaults() {
        const KEYS: &[Key] = &[
            Key::required("patience", COUNT, "How long."),
            Key::new("share", RATE, Literal::Integer(0), "How much."),
            Key::optional("cell", CELL, "Which."),
        ];
        let table = Kind::Table(KEYS);
        let filled = json!({ "patience": 3, "share": 0.0 });
        assert_eq!(table.check(&json!({ "patience": 3 })), Ok(filled.clone()));
        assert_eq!(table.check(&filled), Ok(filled));
        assert_eq!(table.check(&json!({ "share": 1 })), Err(Mismatch::Range));
        assert_eq!(table.check(&json!({ "patience": 0 })), Err(Mismatch::Range));
        assert_eq!(table.check(&json!({ "patience": "3" })), Err(Mismatch::Type));
        assert_eq!(table.check(&json!({ "patience": 3, "other": 1 })), Err(Mismatch::Type));
        assert_eq!(table.check(&json!(3)), Err(Mismatch::Type));
        assert_eq!(
            table.to_string(),
            "a table of patience (a whole number, at least 1), share (a number from 0 to 1), \
             cell (\"gru\", \"lstm\")"
        );
    }

    #[test]
    fn a_list_holds_words_of_one_kind() {
        const LAYERS: Kind = Kind::ListOf {
            words: &[Choice { word: "a", doc: "First." }, Choice { word: "b", doc: "Second." }],
            most: 3,
        };
        assert_eq!(LAYERS.check(&json!(["b", "a", "a"])), Ok(json!(["b", "a", "a"])));
        assert_eq!(LAYERS.check(&json!([])), Err(Mismatch::Range));
        assert_eq!(LAYERS.check(&json!(["a", "a", "a", "a"])), Err(Mismatch::Range));
        assert_eq!(LAYERS.check(&json!(["c"])), Err(Mismatch::Range));
        assert_eq!(LAYERS.check(&json!([1])), Err(Mismatch::Type));
        assert_eq!(LAYERS.check(&json!("a")), Err(Mismatch::Type));
        assert_eq!(LAYERS.to_string(), "a list of up to 3 of \"a\", \"b\"");
    }

    #[test]
    fn values_inside_the_range_pass_and_whole_numbers_widen() {
        assert_eq!(COUNT.check(&json!(3)), Ok(json!(3)));
        assert_eq!(RATE.check(&json!(1)), Ok(json!(1.0)));
        assert_eq!(CELL.check(&json!("gru")), Ok(json!("gru")));
        assert_eq!(Kind::Boolean.check(&json!(false)), Ok(json!(false)));
        assert_eq!(Kind::Text.check(&json!("a")), Ok(json!("a")));
    }

    #[test]
    fn the_wrong_type_is_told_from_the_wrong_range() {
        assert_eq!(COUNT.check(&json!(0)), Err(Mismatch::Range));
        assert_eq!(COUNT.check(&json!(2.5)), Err(Mismatch::Type));
        assert_eq!(COUNT.check(&json!("2")), Err(Mismatch::Type));
        assert_eq!(RATE.check(&json!(1.5)), Err(Mismatch::Range));
        assert_eq!(CELL.check(&json!("lstn")), Err(Mismatch::Range));
        assert_eq!(CELL.check(&json!(1)), Err(Mismatch::Type));
        assert_eq!(Kind::Text.check(&json!(" ")), Err(Mismatch::Range));
        assert_eq!(Kind::Boolean.check(&json!(1)), Err(Mismatch::Type));
    }

    #[test]
    fn kinds_describe_themselves() {
        assert_eq!(COUNT.to_string(), "a whole number, at least 1");
        assert_eq!(RATE.to_string(), "a number from 0 to 1");
        assert_eq!(CELL.to_string(), "\"gru\", \"lstm\"");
    }

    #[test]
    fn options_that_are_taken_are_read_and_gone() {
        #[derive(serde::Deserialize)]
        struct Taken {
            rate: f64,
        }
        let all = json!({ "rate": 0.5, "hidden": 64 });
        let (taken, left): (Taken, _) = take(all.as_object().unwrap(), &["rate", "none"]).unwrap();
        assert_eq!(
            (taken.rate.to_bits(), Value::Object(left)),
            (0.5_f64.to_bits(), json!({ "hidden": 64 }))
        );
        assert!(take::<Taken>(all.as_object().unwrap(), &["hidden"]).is_err());
    }

    #[test]
    fn defaults_hold_only_keys_that_have_one() {
        let keys = [
            Key::new("hidden", COUNT, Literal::Integer(64), "Width."),
            Key::required("length", COUNT, "Steps."),
            Key::optional("clip", RATE, "Clip."),
        ];
        assert_eq!(Value::Object(defaults(&keys)), json!({ "hidden": 64 }));
    }

    #[test]
    fn reading_refuses_a_key_the_type_lacks() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Width {
            hidden: usize,
        }
        let known = Map::from_iter([("hidden".to_owned(), json!(8))]);
        assert_eq!(read::<Width>(&known).unwrap().hidden, 8);
        let unknown = Map::from_iter([("hiden".to_owned(), json!(8))]);
        assert!(read::<Width>(&unknown).is_err());
    }
}
