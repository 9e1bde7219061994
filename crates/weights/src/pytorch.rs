//! What `torch.save` writes: a pickle beside its numbers. The pickle is read, never executed: what
//! is not a dictionary of tensors is refused.

use std::path::Path;

use half::{bf16, f16};
use pytorch_reader::{DType, PytorchReader};

use crate::error::Fault;
use crate::tensors::{Tensor, Tensors, Weights, each};

/// Reads a file.
pub(crate) fn read(path: &Path) -> Result<Weights, Fault> {
    let file = PytorchReader::new(path).map_err(|error| Fault::Format(error.to_string()))?;
    let mut tensors = Tensors::new();
    for (name, tensor) in file.into_tensors() {
        let number: fn(&[u8]) -> Vec<f32> = match tensor.dtype() {
            DType::F64 => |bytes| each(bytes, |it| f64::from_ne_bytes(it) as f32),
            DType::F32 => |bytes| each(bytes, f32::from_ne_bytes),
            DType::F16 => |bytes| each(bytes, |it| f16::from_ne_bytes(it).to_f32()),
            DType::BF16 => |bytes| each(bytes, |it| bf16::from_ne_bytes(it).to_f32()),
            _ => continue,
        };
        let bytes = tensor
            .read()
            .map_err(|error| Fault::Tensor { name: name.clone(), reason: error.to_string() })?;
        let shape = tensor.shape().to_vec();
        tensors.insert(name, Tensor { shape, values: number(&bytes) });
    }
    if tensors.is_empty() {
        return Err(Fault::Empty);
    }
    if let Some(inner) =
        STATE_DICTS.iter().map(|key| within(&tensors, key)).find(|it| !it.is_empty())
    {
        tensors = inner;
    }
    Ok(Weights { tensors, about: None })
}

/// Keys under which checkpoints hold the `state_dict` beside other things.
const STATE_DICTS: [&str; 2] = ["state_dict.", "model_state_dict."];

/// The tensors whose names begin with `front`, without it.
fn within(tensors: &Tensors, front: &str) -> Tensors {
    let inner =
        tensors.iter().filter_map(|(name, tensor)| Some((name.strip_prefix(front)?, tensor)));
    inner.map(|(name, tensor)| (name.to_owned(), tensor.clone())).collect()
}
