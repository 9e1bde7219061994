//! What tests need that write a cell number by number.

use architectures::Padded;
use architectures::layer::Layer;
use architectures::{Initializer, cells};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec().unwrap()
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// An LSTM with changed options, whose weights are all different.
pub fn lstm([input, hidden]: [usize; 2], changes: &Value, device: &Device) -> Layer {
    let mut at = 0.0_f32;
    let mut draw = || {
        at += 0.618;
        at.fract()
    };
    let entry = cells::find("lstm").unwrap();
    let mut options = schema::defaults(entry.keys);
    options.extend(changes.as_object().unwrap().clone());
    entry.layer(input, hidden, &options, &mut Initializer::new(&mut draw, device)).unwrap()
}

/// A full batch `[batch, steps, input]`, and its numbers.
pub fn batch(shape @ [batch, steps, input]: [usize; 3], device: &Device) -> (Padded, Vec<f32>) {
    let values: Vec<f32> = (0..batch * steps * input).map(|i| (i as f32 * 1.7).sin()).collect();
    let x = Tensor::from_data(TensorData::new(values.clone(), shape), device);
    (Padded::new(x, vec![steps; batch]).unwrap(), values)
}
