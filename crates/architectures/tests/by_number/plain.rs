//! What tests need that write a cell number by number.

use architectures::Padded;
use architectures::layer::Layer;
use architectures::sequence::{Direction, unroll};
use architectures::{Cell as _, Initializer, cells};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;

pub fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec().unwrap()
}

pub fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// A layer of a cell with changed options, whose weights are all different.
pub fn layer(cell: &str, [input, hidden]: [usize; 2], changes: &Value, device: &Device) -> Layer {
    let mut at = 0.0_f32;
    let mut draw = || {
        at += 0.618;
        at.fract()
    };
    let entry = cells::find(cell).unwrap();
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

/// A matrix, row by row.
pub struct Matrix {
    values: Vec<f64>,
    columns: usize,
}

impl Matrix {
    pub fn of(tensor: Tensor<2>) -> Self {
        Self { columns: tensor.dims()[1], values: numbers(tensor) }
    }

    /// The product of a row from the left with a column.
    pub fn times(&self, row: &[f64], column: usize) -> f64 {
        assert_eq!(row.len() * self.columns, self.values.len(), "rows");
        row.iter().enumerate().map(|(k, left)| left * self.values[k * self.columns + column]).sum()
    }
}

/// The hidden states of `layer` at all steps of a full batch, against what `step` makes of each step,
/// from its x and all h of that sequence so far, the first of which is zero.
pub fn check(
    layer: &Layer,
    [batch, steps, input]: [usize; 3],
    tolerance: f64,
    mut step: impl FnMut(usize, &[f64], &[Vec<f64>]) -> Vec<f64>,
) {
    let (x, values) = self::batch([batch, steps, input], &Device::flex());
    let got = numbers(unroll(layer, &x, Direction::Forward, None).steps(&x).values().clone());
    let hidden = layer.hidden();
    for row in 0..batch {
        let mut states = vec![vec![0.0; hidden]];
        for t in 0..steps {
            let x: Vec<f64> =
                values[(row * steps + t) * input..][..input].iter().map(|&v| v.into()).collect();
            let next = step(t, &x, &states);
            for (j, expected) in next.iter().enumerate() {
                let got = got[(row * steps + t) * hidden + j];
                let near = (got - expected).abs() <= tolerance;
                assert!(near, "sequence {row}, step {t}, unit {j}: {got}, not {expected}");
            }
            states.push(next);
        }
    }
}
