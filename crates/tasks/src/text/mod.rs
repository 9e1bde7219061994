//! Text, as characters or as words.

pub mod names;
pub mod sentiment;
pub mod tagging;
#[expect(clippy::module_inception, reason = "the task is called so, and the theme as well")]
pub mod text;
pub(crate) mod unit;
mod vocabulary;

pub(crate) use vocabulary::{Vocabulary, shown};
