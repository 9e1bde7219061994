//! Stage 3, the keys: a value of the tree against a table of keys, and what it comes to.

pub(crate) mod checker;
pub(crate) mod layers;
pub(crate) mod names;
pub(crate) mod reference;
pub(crate) mod setting;
pub(crate) mod vocabulary;
