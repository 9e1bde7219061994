//! The cells of the literature, each one statement of [`Pointwise`](super::Pointwise).

mod gru;
mod lstm;
mod minimal;
mod vanilla;

pub use gru::{Gru, Reset};
pub use lstm::{Forget, Lstm, Squash};
pub use minimal::Minimal;
pub use vanilla::Vanilla;
