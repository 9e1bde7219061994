//! What every section says of itself.

use crate::key::reference::Section;
use crate::key::vocabulary::Vocabulary;

/// A section of the experiment file.
pub(crate) struct About {
    /// Its key at the top of the file.
    pub name: &'static str,
    pub on_command_line: OnCommandLine,
    /// Its part of the reference.
    pub describe: fn(&Vocabulary) -> Vec<Section>,
}

/// What `key=value` does to a section.
#[derive(Clone, Copy)]
pub(crate) enum OnCommandLine {
    /// Its keys are replaced one by one, though they belong to no run's configuration:
    /// `tune.seeds=3`.
    KeyByKey,
    /// Its keys make a layer above the file's.
    Layer,
    /// It is refused.
    Refused { message: &'static str, help: &'static str },
}
