//! The list of cells, and the choice among them. Adding one is one file and one line in [`CELLS`]:
//! it is an architecture of one layer then, and the `cell` of every compound.

use schema::{Choice, Key, Kind, Literal, Options};
use serde_json::Value;

use crate::layer::{CellEntry, Layer};
use crate::{
    ArchitectureError, Initializer, gru, lstm, min_gru, min_lstm, mlstm, r#mut, slstm, vanilla,
};

/// All cells, in the order of lists, and the documentation of their files.
pub const CELLS: &[(CellEntry, &str)] = &[
    (vanilla::ENTRY, include_str!("vanilla.rs")),
    (lstm::ENTRY, include_str!("lstm.rs")),
    (gru::ENTRY, include_str!("gru.rs")),
    (min_gru::ENTRY, include_str!("min_gru.rs")),
    (min_lstm::ENTRY, include_str!("min_lstm.rs")),
    (slstm::ENTRY, include_str!("slstm.rs")),
    (mlstm::ENTRY, include_str!("mlstm.rs")),
    (r#mut::ENTRY, include_str!("mut.rs")),
];

/// The entry of a name.
pub fn find(name: &str) -> Option<&'static CellEntry> {
    CELLS.iter().map(|(entry, _)| entry).find(|entry| entry.name == name)
}

/// The option `cell` of a compound architecture. The options of the cell are those of its own
/// table, `[model.<cell>]`.
pub(crate) const CELL: Key = Key::new(
    CELL_NAME,
    Kind::OneOf(&CHOICES),
    Literal::Text("lstm"),
    "The cell of its recurrent layers; that cell's own table holds for them too.",
);

const CELL_NAME: &str = "cell";

const CHOICES: [Choice; CELLS.len()] = {
    let mut choices = [Choice { word: "", doc: "" }; CELLS.len()];
    let mut index = 0;
    while index < choices.len() {
        let (entry, _) = &CELLS[index];
        choices[index] = Choice { word: entry.name, doc: entry.summary };
        index += 1;
    }
    choices
};

/// A cell with its options, taken out of those of a compound.
#[derive(Debug, Clone)]
pub struct ChosenCell {
    entry: &'static CellEntry,
    options: Options,
}

impl ChosenCell {
    /// Takes `cell` and the table of that cell, which says only what is not the default, out of
    /// the options of `architecture`.
    ///
    /// # Errors
    /// [`ArchitectureError::Unfit`] if there is no such cell.
    pub fn take(
        architecture: &'static str,
        options: &Options,
    ) -> Result<(Self, Options), ArchitectureError> {
        let mut rest = options.clone();
        let name = rest.remove(CELL_NAME);
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        let entry = find(name).ok_or_else(|| ArchitectureError::Unfit {
            architecture,
            reason: format!("there is no cell \"{name}\""),
        })?;
        let mut options = schema::defaults(entry.keys);
        if let Some(Value::Object(changed)) = rest.remove(entry.name) {
            options.extend(changed);
        }
        Ok((Self { entry, options }, rest))
    }

    /// A layer with new weights.
    ///
    /// # Errors
    /// [`ArchitectureError::Options`].
    pub fn layer(
        &self,
        input: usize,
        hidden: usize,
        init: &mut Initializer,
    ) -> Result<Layer, ArchitectureError> {
        self.entry.layer(input, hidden, &self.options, init)
    }
}
