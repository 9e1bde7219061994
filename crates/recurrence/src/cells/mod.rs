//! The cells of the literature, each one statement of [`Pointwise`](super::Pointwise).

mod gru;
mod lstm;
mod vanilla;

pub use gru::{Gru, Reset};
pub use lstm::{Forget, Lstm, Squash};
pub use vanilla::Vanilla;
