//! Every arm on every task: the plan.

pub(crate) mod changes;
pub(crate) mod condition;
pub(crate) mod experiment;
pub(crate) mod notes;
pub(crate) mod resolve;
