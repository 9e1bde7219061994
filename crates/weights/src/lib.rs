//! Named tensors in files: safetensors, read and written, and what `torch.save` writes, read
//! without executing it.

mod error;
mod pytorch;
mod safetensors;
mod tensors;

use std::fs;
use std::path::Path;

pub use error::{Fault, WeightsError};
pub use safetensors::{of_safetensors, to_safetensors};
pub use tensors::{ABOUT, Tensor, Tensors, Weights};

/// Reads a file of weights: of safetensors, or of PyTorch (`.pt`, a dictionary of tensors). Which
/// of them is told by what is in it, not by its name.
///
/// # Errors
/// [`WeightsError`], which names the file.
pub fn read(path: &Path) -> Result<Weights, WeightsError> {
    let at = |fault| WeightsError { path: path.into(), fault };
    let bytes = fs::read(path).map_err(|error| at(Fault::Read(error)))?;
    if is_pytorch(&bytes) {
        return pytorch::read(path).map_err(at);
    }
    of_safetensors(&bytes).map_err(at)
}

/// A ZIP archive, or a pickle of version 2 or later, as `torch.save` wrote before 1.6. A file of
/// safetensors begins with the length of its header, which has zeros in it.
fn is_pytorch(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04") || (bytes.starts_with(&[0x80]) && bytes.get(7) != Some(&0))
}
