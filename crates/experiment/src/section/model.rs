//! `[model]`: the architecture of every arm that has no other, and its options.

use schema::{Choice, Key, Kind, Literal};
use serde_json::Value;

use crate::catalogue::Entry;
use crate::key::checker::Checker;
use crate::key::layers::Layers;
use crate::key::reference::{Default as Unless, Section, names, of_keys, said, section};
use crate::key::setting::Setting;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "model", on_command_line: OnCommandLine::Layer, describe };

/// Dotted name of the key that selects an architecture.
pub(crate) const ARCHITECTURE: &str = "model.architecture";
/// Dotted name of the key that `[budget]` chooses.
pub(crate) const HIDDEN: &str = "model.hidden";
/// The option of a compound that names its cell, which is an architecture as well.
const CELL: &str = "cell";
/// Keys of `[model]` beside `architecture` and the tables of the architectures.
pub(crate) const KEYS: &[Key] = &[
    Key::new(
        "hidden",
        Kind::Integer { min: 1, max: 65536 },
        Literal::Integer(64),
        "Width of the hidden state.",
    ),
    Key::optional(
        "embedding",
        Kind::Integer { min: 1, max: 65536 },
        "Width of the vector that each token of a task of tokens becomes; 32 if absent. Of no \
         effect on other tasks.",
    ),
    Key::new(
        "pooling",
        Kind::OneOf(&[
            Choice { word: "last", doc: "The last step, of each direction." },
            Choice { word: "mean", doc: "The mean of all steps." },
            Choice { word: "max", doc: "The largest of all steps, unit by unit." },
            Choice { word: "attention", doc: "A mean of all steps with learned weights." },
        ]),
        Literal::Text("last"),
        "How the vectors of a sequence become one, where a task asks once a sequence. Of no effect on \
         tasks that ask at steps.",
    ),
    Key::optional(
        "dropout",
        Kind::Number { min: 0.0, max: 0.99 },
        "Part of what the head reads that is put to 0 while training; none if absent. Within the \
         architecture it is an option of that.",
    ),
    Key::optional(
        "weights",
        Kind::Text,
        "A file of weights to start from, as `export` or PyTorch writes it (.safetensors, .pt), \
         absolute or from the folder that the program is started in. Head and embedding may be \
         missing in it: they begin anew.",
    ),
];

/// `[model]` as it is written.
#[derive(Default)]
pub(crate) struct Model {
    /// Its header.
    pub place: Option<Place>,
    pub settings: Vec<Setting>,
}

/// Reads `[model]` of the file.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Model {
    Model { place: Some(node.place), settings: settings(node, Part::Top, checker) }
}

/// Checks `[model]` with the tables of all architectures, wherever it is written.
pub(crate) fn settings(node: &Node, part: Part, checker: &mut Checker<'_>) -> Vec<Setting> {
    let words = checker.words;
    let mut settings = Vec::new();
    let Some(table) = checker.table("[model]", node) else {
        // Given, but wrong: nothing is to be said of an architecture that is missing.
        let origin = checker.sources.origin(node.key, part);
        let key = ARCHITECTURE.to_owned();
        return vec![Setting { key, value: None, place: node.place, origin }];
    };
    for (name, node) in &table.entries {
        if name == "architecture" {
            settings.push(architecture(node, part, checker));
        } else if let Some(key) = KEYS.iter().find(|key| key.name == name) {
            settings.push(checker.setting("model.", key, node, part));
        } else if let Some(entry) = words.architecture(name) {
            let label = format!("[model.{name}]");
            if let Some(table) = checker.table(&label, node) {
                let prefix = format!("model.{name}.");
                settings.extend(checker.settings(table, &label, &prefix, entry.keys, part));
            }
        } else {
            let shared = KEYS.iter().map(|key| key.name);
            let tables = words.architectures.iter().map(|entry| entry.name);
            let known = std::iter::once("architecture").chain(shared).chain(tables);
            checker.unknown(name, node, "[model]", known);
        }
    }
    settings
}

fn architecture(node: &Node, part: Part, checker: &mut Checker<'_>) -> Setting {
    let names = checker.words.architectures.iter().map(|entry| entry.name);
    Setting {
        key: ARCHITECTURE.to_owned(),
        value: checker.registered("architecture", ARCHITECTURE, names, node).map(Value::from),
        place: node.place,
        origin: checker.sources.origin(node.key, part),
    }
}

/// The architecture that these layers select.
pub(crate) fn selected<'a>(layers: Layers<'_, 'a>) -> Option<&'a str> {
    layers.last(ARCHITECTURE)?.value.as_ref().and_then(Value::as_str)
}

/// The tables of options that an arm of these layers takes: that of its architecture and, of a
/// compound, that of its cell.
pub(crate) fn tables<'w>(layers: Layers<'_, '_>, words: &'w Vocabulary) -> Vec<&'w Entry> {
    let Some(own) = selected(layers).and_then(|name| words.architecture(name)) else {
        return vec![];
    };
    let mut tables = vec![own];
    if let Some(key) = own.keys.iter().find(|key| key.name == CELL) {
        let given = layers.last(&format!("model.{}.{CELL}", own.name));
        let given = given.and_then(|setting| setting.value.as_ref().and_then(Value::as_str));
        let default = match key.default {
            Some(Literal::Text(word)) => Some(word),
            _ => None,
        };
        tables.extend(given.or(default).and_then(|cell| words.architecture(cell)));
    }
    tables
}

/// Whether a setting is an option of an architecture or cell that is not among `tables`.
pub(crate) fn is_of_other(setting: &Setting, tables: &[&Entry]) -> bool {
    let option = setting.key.strip_prefix("model.").and_then(|rest| rest.split_once('.'));
    option.is_some_and(|(table, _)| tables.iter().all(|entry| entry.name != table))
}

fn describe(words: &Vocabulary) -> Vec<Section> {
    let selects = "Selects the architecture; required, unless every arm has its own.";
    let named = names(&words.architectures);
    let mut model = vec![said("architecture", named, Unless::Required, selects)];
    model.extend(of_keys(KEYS));
    let own = words.architectures.iter();
    let own = own.map(|entry| section(&format!("[model.{}]", entry.name), of_keys(entry.keys)));
    std::iter::once(section("[model]", model)).chain(own).collect()
}
