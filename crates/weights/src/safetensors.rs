//! Safetensors: a header of names, types and shapes in JSON, then the numbers.

use std::collections::HashMap;

use half::{bf16, f16};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use crate::error::Fault;
use crate::tensors::{ABOUT, Tensor, Tensors, Weights, each};

/// Reads the bytes of a file of safetensors.
///
/// # Errors
/// [`Fault`].
pub fn of_safetensors(bytes: &[u8]) -> Result<Weights, Fault> {
    let damaged = |error: safetensors::SafeTensorError| Fault::Format(error.to_string());
    let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
    let about = metadata.metadata().as_ref().and_then(|said| said.get(ABOUT)).cloned();
    let mut tensors = Tensors::new();
    for (name, view) in file.iter() {
        if let Some(values) = floats(&view) {
            let shape = view.shape().to_vec();
            tensors.insert(name.to_owned(), Tensor { shape, values });
        }
    }
    if tensors.is_empty() {
        return Err(Fault::Empty);
    }
    Ok(Weights { tensors, about })
}

/// The numbers of a tensor; `None` of one that is not of floating-point numbers.
fn floats(view: &TensorView<'_>) -> Option<Vec<f32>> {
    let bytes = view.data();
    match view.dtype() {
        Dtype::F64 => Some(each(bytes, |it| f64::from_le_bytes(it) as f32)),
        Dtype::F32 => Some(each(bytes, f32::from_le_bytes)),
        Dtype::F16 => Some(each(bytes, |it| f16::from_le_bytes(it).to_f32())),
        Dtype::BF16 => Some(each(bytes, |it| bf16::from_le_bytes(it).to_f32())),
        _ => None,
    }
}

/// The bytes of a file with these tensors that says `about` of itself. Equal tensors give equal
/// bytes.
///
/// # Errors
/// [`Fault::Tensor`] of a tensor whose shape and numbers do not agree.
pub fn to_safetensors(tensors: &Tensors, about: &str) -> Result<Vec<u8>, Fault> {
    let bytes = |tensor: &Tensor| -> Vec<u8> {
        tensor.values.iter().flat_map(|value| value.to_le_bytes()).collect()
    };
    let stored: Vec<_> = tensors.iter().map(|(name, it)| (name, &it.shape, bytes(it))).collect();
    let views = stored.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, (*shape).clone(), bytes);
        view.map(|view| (*name, view))
            .map_err(|error| Fault::Tensor { name: (*name).clone(), reason: error.to_string() })
    });
    let views = views.collect::<Result<Vec<_>, _>>()?;
    let metadata = HashMap::from([(ABOUT.to_owned(), about.to_owned())]);
    safetensors::serialize(views, Some(metadata)).map_err(|error| Fault::Format(error.to_string()))
}
