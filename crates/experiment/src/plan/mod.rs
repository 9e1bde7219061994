//! Stage 6, the plan: every arm on every task, with every value decided.

pub(crate) mod build;
pub(crate) mod changes;
pub(crate) mod claims;
pub(crate) mod condition;
pub(crate) mod experiment;
pub(crate) mod folders;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod rungs;
pub(crate) mod seeding;
pub(crate) mod task;
pub(crate) mod warnings;
pub(crate) mod width;
