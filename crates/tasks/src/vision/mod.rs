//! Pictures read as sequences, and pictures that move.

pub mod digits;
pub mod images;
pub mod moving_digits;
mod order;
mod shipped_digits;

pub(crate) use order::{ORDER, Order};
