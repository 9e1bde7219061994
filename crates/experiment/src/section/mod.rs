//! The sections of the file, one file each: what it may say, and what it says.

pub(crate) mod arm;
pub(crate) mod axes;
pub(crate) mod budget;
pub(crate) mod catalogue;
pub(crate) mod checker;
pub(crate) mod claim;
pub(crate) mod draft;
pub(crate) mod halving;
pub(crate) mod layers;
pub(crate) mod naming;
pub(crate) mod random;
pub mod reference;
pub(crate) mod seed;
pub(crate) mod setting;
pub(crate) mod sweep;
pub(crate) mod task;
pub(crate) mod tune;
pub(crate) mod words;
