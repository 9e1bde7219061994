//! Stage 1, the text: files, places in them, and what is wrong with them.

pub(crate) mod file;
pub(crate) mod nearest;
pub(crate) mod origin;
pub(crate) mod place;
pub(crate) mod problem;
