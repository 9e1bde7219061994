//! Operations on whole padded batches of sequences, on any Burn backend.
//!
//! A batch of sequences of different length is one tensor, filled up with zeros, and the
//! list of lengths: [`Padded`]. What is done to it must not depend on the filling.

mod padded;

pub use padded::Padded;
