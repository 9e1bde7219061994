//! Tasks on real data, and readers of the formats it comes in.

pub mod classification;
pub mod japanese_vowels;
pub mod ts;
