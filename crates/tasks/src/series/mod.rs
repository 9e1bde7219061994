//! Series of numbers whose class, or whose value, is asked about as a whole.

mod files;
pub mod japanese_vowels;
mod keys;
mod missing;
mod problem;
pub mod spoken_digits;
mod standardize;
pub mod time_series;
pub mod watch_exercises;

pub(crate) use keys::{SPLIT_SEED, STANDARDIZE, VALIDATION};
pub(crate) use missing::MISSING;
pub use missing::Missing;
pub use problem::{Problem, load};
pub use standardize::{Scale, standardize, standardize_each, standardize_targets};
