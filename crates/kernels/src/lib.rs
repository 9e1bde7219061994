//! Operations on whole padded batches of sequences, on any Burn backend.
//!
//! A batch of sequences of different length is one tensor, filled up with zeros, and the
//! list of lengths: [`Padded`]. What is done to it must not depend on the filling.
//!
//! [`linear`] layers, [`convolution`] over time, [`layer_norm`], [`attention`] and [`matrix_memory`] are one operation each
//! on the CPU backends; [`Windows`] are what the outputs of a convolution see.
//!
//! [`recurrent_sequence`] runs a recurrent layer over such a batch. Its definition is
//! [`mod@reference`], composed of the backend's own operations, which runs on every backend. On the
//! CPU backends it is one operation of the autodiff graph instead: the dispatch (`operation`),
//! its nodes (`autodiff`), the backends' tensors as slices (`cpu_backends`) and the arithmetic
//! ([`recurrence`]). A cell is one statement, a [`recurrence::Pointwise`], that both ways run.

mod attention;
mod autodiff;
mod convolution;
mod cpu_backends;
mod error;
mod host_operation;
mod layer;
mod layer_norm;
mod matrix_memory;
mod normalized;
mod operation;
mod padded;
mod probe;
mod recurrent;
pub mod reference;
mod state;
mod tensors;
mod windows;

pub use attention::{AttentionOptions, attention};
pub use convolution::{Activation, convolution, linear};
pub use dense::ForgetGate;
pub use error::BatchError;
pub use layer::{Run, RunOutput, Weights};
pub use layer_norm::layer_norm;
pub use matrix_memory::matrix_memory;
pub use normalized::{NormalizedWeights, normalized_sequence};
pub use padded::Padded;
pub use probe::Probe;
pub use recurrence::instruction_set;
pub use recurrent::recurrent_sequence;
pub use state::State;
pub use tensors::CellKernel;
pub use windows::Windows;
