//! The tasks, arms, claims and seeds that follow from the sections together.

pub(crate) mod arms;
pub(crate) mod claims;
pub(crate) mod seeds;
pub(crate) mod tasks;
