//! The cells of the literature, each one statement of [`Pointwise`](super::Pointwise).

mod gru;
mod lstm;
mod minimal;
mod slstm;
mod vanilla;

pub use gru::{Gru, Reset};
pub use lstm::{Forget, Lstm, Squash};
pub use minimal::Minimal;
pub use slstm::SLstm;
pub use vanilla::Vanilla;
