//! Tensors by name.

use std::collections::BTreeMap;

/// The numbers of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    /// Extents, outermost first; empty for a single number.
    pub shape: Vec<usize>,
    /// Row-major, as many as the product of the extents.
    pub values: Vec<f32>,
}

/// Tensors by name.
pub type Tensors = BTreeMap<String, Tensor>;

/// What a file of weights holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// Its tensors of floating-point numbers, as f32; whole numbers, such as the count of batches
    /// that PyTorch's batch norm keeps, are no weights and are left out.
    pub tensors: Tensors,
    /// What it says of itself, under [`ABOUT`]; `None` in a file of another program.
    pub about: Option<String>,
}

/// The one key of the metadata that [`to_safetensors`](crate::to_safetensors) writes. One alone, since the format keeps
/// no order among several, and equal weights are to be equal files.
pub const ABOUT: &str = "unroll";

/// Numbers from their bytes, `N` each.
pub(crate) fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|bytes| number(*bytes)).collect()
}
