//! The folder of a sweep: its runs together.

pub mod at_work;
pub(crate) mod check;
pub mod claims;
pub(crate) mod clean;
pub mod control;
pub mod cost;
pub mod disk;
pub(crate) mod folder;
pub(crate) mod mend;
pub mod request;
pub(crate) mod rungs;
pub mod submission;
pub mod survey;
pub mod sweep_journal;
