//! Stage 2, the tree: the values of the file and of the command line, each with its place.

pub(crate) mod extends;
pub(crate) mod overrides;
pub(crate) mod parse;
pub(crate) mod value;
