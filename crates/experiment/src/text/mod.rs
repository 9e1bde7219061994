//! Text, and places in it.

pub(crate) mod file;
pub(crate) mod nearest;
pub(crate) mod origin;
pub(crate) mod place;
pub(crate) mod problem;
