//! Layers of settings put together, with the defaults below them.

use schema::{Key, Literal, Options};
use serde_json::Value;

use crate::catalogue::Entry;
use crate::key::setting::{Resolved, Setting};
use crate::text::origin::Origin;

/// What layers of settings say, the later ones above the earlier.
#[derive(Clone, Copy)]
pub(crate) struct Layers<'l, 'a>(pub &'l [&'a [Setting]]);

/// A table of keys with every value decided.
#[derive(Default)]
pub(crate) struct Completed {
    pub options: Options,
    /// The same values under their dotted keys.
    pub values: Vec<Resolved>,
    /// Keys that have to be given and are not, with their dotted names.
    pub missing: Vec<(String, Key)>,
    /// Whether a value is wrong, which is a problem already.
    pub wrong: bool,
}

impl<'a> Layers<'_, 'a> {
    /// The setting that decides a dotted key.
    pub fn last(self, key: &str) -> Option<&'a Setting> {
        self.0.iter().rev().find_map(|layer| layer.iter().rev().find(|s| s.key == key))
    }

    /// Decides every key of a table whose keys start with `prefix` when dotted.
    pub fn complete(self, keys: &[Key], prefix: &str) -> Completed {
        let mut completed = Completed::default();
        for key in keys {
            let dotted = format!("{prefix}{}", key.name);
            let (value, origin) = match (self.last(&dotted), key.default) {
                (Some(Setting { value: None, .. }), _) => {
                    completed.wrong = true;
                    continue;
                }
                (Some(Setting { value: Some(value), origin, .. }), _) => {
                    (value.clone(), origin.clone())
                }
                (None, Some(literal)) => (as_given(key, literal), Origin::Default),
                (None, None) => {
                    if !key.optional {
                        completed.missing.push((dotted, *key));
                    }
                    continue;
                }
            };
            completed.options.insert(key.name.to_owned(), value.clone());
            completed.values.push(Resolved { key: dotted, value, origin });
        }
        completed
    }
}

impl Completed {
    /// Takes in the options of the cell that a compound is made of, as a table of the cell's
    /// name. It says only what is not the default, so that an option that a cell gets later
    /// changes no identity of a compound that does not set it.
    pub fn take_in(&mut self, cell: &Entry, of_cell: Self) {
        let Self { options, values, missing, wrong } = of_cell;
        let is_default = |name: &str, value: &Value| {
            let key = cell.keys.iter().find(|key| key.name == name);
            key.and_then(|key| Some(as_given(key, key.default?))).as_ref() == Some(value)
        };
        let mut changed = options;
        changed.retain(|name, value| !is_default(name, value));
        if !changed.is_empty() {
            self.options.insert(cell.name.to_owned(), changed.into());
        }
        self.values.extend(values);
        self.missing.extend(missing);
        self.wrong |= wrong;
    }
}

/// A default in the form of a value that is given, so that writing it out changes no identity.
fn as_given(key: &Key, default: Literal) -> Value {
    let value = Value::from(default);
    key.kind.check(&value).unwrap_or(value)
}
