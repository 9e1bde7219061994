//! The folder of a sweep: its runs together.

pub(crate) mod check;
pub mod claims;
pub(crate) mod clean;
pub mod cost;
pub mod disk;
pub(crate) mod folder;
pub(crate) mod mend;
pub(crate) mod rungs;
pub mod survey;
pub mod sweep_journal;
