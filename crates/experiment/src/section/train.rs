//! `[train]`: how every run is trained. Its keys are the catalogue's.

use crate::key::checker::Checker;
use crate::key::reference::{self, Section, of_keys};
use crate::key::setting::Setting;
use crate::key::vocabulary::Vocabulary;
use crate::section::about::{About, OnCommandLine};
use crate::text::origin::Part;
use crate::text::place::Place;
use crate::tree::value::Node;

/// The section.
pub(crate) const ABOUT: About =
    About { name: "train", on_command_line: OnCommandLine::Layer, describe };

/// `[train]` as it is written.
#[derive(Default)]
pub(crate) struct Train {
    /// Its header.
    pub place: Option<Place>,
    pub settings: Vec<Setting>,
}

/// Reads `[train]` of the file.
pub(crate) fn read(node: &Node, checker: &mut Checker<'_>) -> Train {
    Train { place: Some(node.place), settings: settings(node, Part::Top, checker) }
}

/// Checks `[train]`, wherever it is written.
pub(crate) fn settings(node: &Node, part: Part, checker: &mut Checker<'_>) -> Vec<Setting> {
    let keys = checker.words.train;
    match checker.table("[train]", node) {
        Some(table) => checker.settings(table, "[train]", "train.", keys, part),
        None => Vec::new(),
    }
}

fn describe(words: &Vocabulary) -> Vec<Section> {
    vec![reference::section("[train]", of_keys(words.train))]
}
