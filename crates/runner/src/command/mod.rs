//! The commands, one file each.

pub mod bench;
pub mod cancel;
pub mod check;
pub mod clean;
pub mod compare;
pub mod control;
pub mod data;
pub mod describe;
mod describe_sizes;
pub mod device;
pub mod export;
pub mod gallery;
mod kept;
pub mod list;
mod marked;
pub mod pace;
pub mod plan;
pub mod predict;
pub mod probe;
pub mod reference;
pub mod report;
pub mod run;
pub mod status;
pub mod submit;
mod submitted;
pub mod watch;
pub mod worker;
