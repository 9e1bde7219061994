//! Stage 4, the sections: one file for each section of the experiment file, with its keys,
//! their checks and its part of the reference.
//!
//! `list` has a line for each; `top` is what stands above all of them; `written` reads all
//! of a file and its overrides. `about` is what a section says of itself, `axis` what the
//! sections that vary keys share.

pub(crate) mod about;
pub(crate) mod arm;
pub(crate) mod axis;
pub(crate) mod budget;
pub(crate) mod claim;
pub(crate) mod cluster;
pub(crate) mod exclude;
pub(crate) mod grid;
pub(crate) mod halving;
pub(crate) mod list;
pub(crate) mod model;
pub(crate) mod random;
pub(crate) mod seed;
pub(crate) mod source;
pub(crate) mod task;
pub(crate) mod top;
pub(crate) mod train;
pub(crate) mod tune;
pub(crate) mod written;
pub(crate) mod zip;
