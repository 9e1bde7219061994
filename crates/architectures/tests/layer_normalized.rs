//! A layer-normalised LSTM, number by number.

mod plain;

use architectures::layer::Layer;
use architectures::sequence::{Direction, unroll};
use burn::module::Param;
use burn::nn::LayerNorm;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};

use crate::plain::{batch as full, lstm, numbers, sigmoid};

/// Scales and shifts that are not 1 and 0.
fn uneven(norm: &mut LayerNorm, device: &Device) {
    let width = norm.gamma.val().dims()[0];
    let numbers = |from: f32| -> Tensor<1> {
        let values: Vec<f32> = (0..width).map(|at| from + (at as f32 * 0.7).sin() / 4.0).collect();
        Tensor::from_data(TensorData::new(values, [width]), device)
    };
    norm.gamma = Param::from_tensor(numbers(1.0));
    norm.beta = Some(Param::from_tensor(numbers(0.1)));
}

/// Of a vector, with the scale and shift of `norm`.
fn normalized(values: &[f64], norm: &LayerNorm) -> Vec<f64> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count;
    let (gamma, beta) = (numbers(norm.gamma.val()), numbers(norm.beta.as_ref().unwrap().val()));
    let each = values.iter().zip(gamma.iter().zip(&beta));
    each.map(|(it, (gamma, beta))| (it - mean) / (variance + 1e-5).sqrt() * gamma + beta).collect()
}

#[test]
fn is_what_its_equations_say() {
    for (changes, has_output, through_tanh) in [
        (json!({}), true, true),
        (json!({ "output_gate": "always-one" }), false, true),
        (json!({ "output_activation": "identity" }), true, false),
    ] {
        check(&changes, has_output, through_tanh);
    }
}

fn check(changes: &Value, has_output: bool, through_tanh: bool) {
    let [batch, steps, input, hidden] = [2, 5, 3, 4];
    let device = Device::flex();
    let mut options = json!({ "normalize": "layer" });
    options.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let mut layer = lstm([input, hidden], &options, &device);
    let Layer::LayerNormalized(cell) = &mut layer else { panic!("{layer:?}") };
    for norm in [&mut cell.input_norm, &mut cell.recurrent_norm, &mut cell.memory_norm] {
        uneven(norm, &device);
    }
    let cell = cell.clone();
    let (x, values) = full([batch, steps, input], &device);
    let got = numbers(unroll(&layer, &x, Direction::Forward, None).steps(&x).values().clone());

    let w = numbers(cell.lstm.input_weight.val());
    let r = numbers(cell.lstm.recurrent_weight.as_ref().unwrap().val());
    let b = numbers(cell.lstm.bias.val());
    let width = b.len();
    let times = |left: &[f64], right: &[f64]| -> Vec<f64> {
        let column = |column: usize| {
            left.iter().enumerate().map(|(k, left)| left * right[k * width + column]).sum()
        };
        (0..width).map(column).collect()
    };
    for row in 0..batch {
        let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
        for step in 0..steps {
            let x: Vec<f64> =
                values[(row * steps + step) * input..][..input].iter().map(|&v| v.into()).collect();
            let of_input = normalized(&times(&x, &w), &cell.input_norm);
            let of_state = normalized(&times(&h, &r), &cell.recurrent_norm);
            let sum = |block: usize, j: usize| {
                let column = block * hidden + j;
                of_input[column] + of_state[column] + b[column]
            };
            c = (0..hidden)
                .map(|j| sigmoid(sum(1, j)) * c[j] + sigmoid(sum(0, j)) * sum(2, j).tanh())
                .collect();
            let read = normalized(&c, &cell.memory_norm);
            h = (0..hidden)
                .map(|j| {
                    let o = if has_output { sigmoid(sum(3, j)) } else { 1.0 };
                    o * if through_tanh { read[j].tanh() } else { read[j] }
                })
                .collect();
            for (j, h) in h.iter().enumerate() {
                let got = got[(row * steps + step) * hidden + j];
                assert!((got - h).abs() < 1e-5, "{changes} step {step}: {got}, not {h}");
            }
        }
    }
}
