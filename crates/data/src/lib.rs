//! Readers of data files, one format one file.
//!
//! A reader turns bytes into plain sequences and says of what it cannot read which line (or
//! which part of a binary file) is wrong and what to do. It knows no task and no model.

pub mod arff;
pub mod conllu;
pub mod csv;
mod error;
pub mod gzip;
pub mod idx;
pub mod long_sequence;
pub mod mat;
pub mod npy;
mod number;
pub mod time;
pub mod ts;
pub mod ucr;
pub mod utf8;

pub use error::{DataError, read_file};
