//! Text to a tree in which every key and value knows its place.

pub(crate) mod extends;
pub(crate) mod node;
pub(crate) mod overrides;
