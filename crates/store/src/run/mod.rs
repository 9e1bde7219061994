//! The folder of one run: what is in its files.

pub mod event;
pub mod journal;
pub mod provenance;
pub(crate) mod reach;
pub(crate) mod reading;
pub mod result;
pub(crate) mod run_folder;
