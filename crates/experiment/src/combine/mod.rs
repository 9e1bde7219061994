//! Stage 5, the combinations: the arms and tasks that there are, at every point that is asked for.

pub(crate) mod arms;
pub(crate) mod candidates;
pub(crate) mod clashes;
pub(crate) mod draw;
pub(crate) mod points;
pub(crate) mod sweep;
pub(crate) mod tasks;
