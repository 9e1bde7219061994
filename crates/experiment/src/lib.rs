//! Experiment file to validated plan.
//!
//! A folder for each stage, in the order in which a file becomes a plan; a stage uses only
//! those before it, and none stops at the first problem.
//!
//! 1. `text`: reading files; places in them, and problems drawn at their places.
//! 2. `tree`: text to a tree in which every key and value knows its place; a file over the
//!    file that it `extends`; the `overrides` of the command line.
//! 3. `key`: a value against a table of keys (those of the sections and of the
//!    [`Catalogue`]) becomes a setting; settings in layers over the defaults; how keys are
//!    described.
//! 4. `section`: one file for each section of the experiment file, with its keys, their
//!    checks and its part of the [`mod@reference`]; `list` has a line for each, `written` is
//!    all that the file and the command line say.
//! 5. `combine`: the arms and tasks that there are, at every point of `[grid]`, `[zip]` and
//!    `[random]`; what `[tune]` tries.
//! 6. `plan`: for every arm on every task the layers are laid over the defaults, which
//!    gives its `condition` and identity. From below: `[model]` and `[train]`, the task's
//!    own `train`, the command line, the arm, the point, the candidate of `[tune]`, the
//!    width of `[budget]`. An arm is above the command line because it is defined by what
//!    it changes. Then what the plan says of its arms, tasks and folders.
//!
//! [`load`] goes through all of them. Nothing is written and no device is touched.

mod catalogue;
mod combine;
mod key;
mod load;
mod plan;
mod section;
mod text;
mod tree;

pub use catalogue::{Catalogue, Entry, TaskFacts, Unusable};
pub use key::setting::Resolved;
pub use load::{Source, load};
pub use plan::experiment::{Experiment, Unused};
pub use text::file::{FileError, read};
pub use text::nearest::nearest;
pub use text::origin::{Origin, Part};
pub use text::problem::{Problem, Rejected};
pub use tree::extends::Extended;

/// Every key of an experiment file, section by section, for documents and for `describe`.
///
/// The sections are made from the tables that files are checked with, so they cannot say
/// something else than the reader.
pub mod reference {
    pub use crate::key::reference::{Default, Row, Section, Values};
    pub use crate::section::list::sections;
}
