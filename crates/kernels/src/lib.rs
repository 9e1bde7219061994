//! Operations on whole padded batches of sequences, on any Burn backend.
//!
//! A batch of sequences of different length is one tensor, filled up with zeros, and the
//! list of lengths: [`Padded`]. What is done to it must not depend on the filling.
//!
//! [`recurrent_sequence`] runs a recurrent layer over such a batch as one node of the
//! autodiff graph, on the CPU backends: the dispatch (`operation`), the node (`autodiff`),
//! the backends' tensors as slices (`cpu_backends`) and the arithmetic ([`recurrence`]).

mod autodiff;
mod cpu_backends;
mod operation;
mod padded;
mod recurrent;

pub use padded::Padded;
pub use recurrence::CellKind;
pub use recurrent::{Initial, Packed, Weights, recurrent_sequence};
