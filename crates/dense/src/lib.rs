//! What the layers of a sequence model without a state of its own compute, forward and backward, on
//! plain slices: linear layers and convolutions, layer normalisation, attention; and the one recurrence
//! that runs as attention does, that of a matrix memory. For the backends that live in main memory.
//!
//! Rows are steps, one after another, sequence after sequence. Results have the same bits for any number
//! of threads.

#![expect(clippy::inline_always, reason = "vectors that are passed in memory are slow")]

mod attention;
mod convolution;
mod heads;
mod layer_norm;
mod matrix_memory;
mod numbers;
#[cfg(test)]
mod tests;
mod weight_gradient;

pub use attention::{Attention, AttentionGradients};
pub use convolution::{Convolution, ConvolutionGradients, Taps};
pub use layer_norm::{LayerNorm, LayerNormGradients};
pub use matrix_memory::{ForgetGate, MatrixMemory};
