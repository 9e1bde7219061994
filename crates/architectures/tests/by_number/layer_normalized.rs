//! Layer-normalised cells, number by number.

use architectures::layer::{Layer, LayerCell};
use architectures::layer_normalized::LayerNormalized;
use burn::module::Param;
use burn::nn::LayerNorm;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::{Value, json};

use crate::plain::{Matrix, check, layer, numbers, sigmoid};

const SIZES: [usize; 3] = [2, 5, 3];
const HIDDEN: usize = 4;
const TOLERANCE: f64 = 1e-5;

/// Scales and shifts that are not 1 and 0.
fn uneven(norm: &mut LayerNorm) {
    let width = norm.gamma.val().dims()[0];
    let numbers = |from: f32| -> Tensor<1> {
        let values: Vec<f32> = (0..width).map(|at| from + (at as f32 * 0.7).sin() / 4.0).collect();
        Tensor::from_data(TensorData::new(values, [width]), &Device::flex())
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

/// A layer of `cell` with uneven norms, and what is in it.
fn normalized_layer(cell: &str, changes: &Value) -> (Layer, LayerNormalized) {
    let mut options = json!({ "normalize": "layer" });
    options.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let mut layer = layer(cell, [SIZES[2], HIDDEN], &options, &Device::flex());
    let LayerCell::LayerNormalized(cell) = &mut layer.cell else { panic!("{layer:?}") };
    let norms = [&mut cell.input_norm, &mut cell.recurrent_norm];
    for norm in norms.into_iter().chain(cell.memory_norm.as_mut()) {
        uneven(norm);
    }
    let cell = cell.clone();
    (layer, cell)
}

/// LN(W x) + b and LN(R h) of a step.
struct Products {
    input: Matrix,
    recurrent: Matrix,
    bias: Vec<f64>,
}

impl Products {
    fn of(cell: &LayerNormalized) -> Self {
        Self {
            input: Matrix::of(cell.cell.input_weight.val()),
            recurrent: Matrix::of(cell.cell.recurrent_weight.as_ref().unwrap().val()),
            bias: numbers(cell.cell.bias.val()),
        }
    }

    fn at(&self, x: &[f64], h: &[f64], cell: &LayerNormalized) -> [Vec<f64>; 2] {
        let all = |of: &Matrix, row: &[f64]| -> Vec<f64> {
            (0..self.bias.len()).map(|column| of.times(row, column)).collect()
        };
        let mut input = normalized(&all(&self.input, x), &cell.input_norm);
        for (sum, bias) in input.iter_mut().zip(&self.bias) {
            *sum += bias;
        }
        [input, normalized(&all(&self.recurrent, h), &cell.recurrent_norm)]
    }
}

#[test]
fn an_lstm_is_what_its_equations_say() {
    for (changes, has_output, through_tanh) in [
        (json!({}), true, true),
        (json!({ "output_gate": "always-one" }), false, true),
        (json!({ "output_activation": "identity" }), true, false),
    ] {
        let (layer, cell) = normalized_layer("lstm", &changes);
        let products = Products::of(&cell);
        let mut c = vec![];
        check(&layer, SIZES, TOLERANCE, |step, x, states| {
            if step == 0 {
                c = vec![0.0; HIDDEN];
            }
            let [of_input, of_state] = products.at(x, states.last().unwrap(), &cell);
            let sum = |block: usize, j: usize| {
                let column = block * HIDDEN + j;
                of_input[column] + of_state[column]
            };
            c = (0..HIDDEN)
                .map(|j| sigmoid(sum(1, j)) * c[j] + sigmoid(sum(0, j)) * sum(2, j).tanh())
                .collect();
            let read = normalized(&c, cell.memory_norm.as_ref().unwrap());
            (0..HIDDEN)
                .map(|j| {
                    let o = if has_output { sigmoid(sum(3, j)) } else { 1.0 };
                    o * if through_tanh { read[j].tanh() } else { read[j] }
                })
                .collect()
        });
    }
}

#[test]
fn a_gru_is_what_its_equations_say() {
    let (layer, cell) = normalized_layer("gru", &json!({}));
    let products = Products::of(&cell);
    let own = numbers(cell.cell.candidate_bias.as_ref().unwrap().val());
    check(&layer, SIZES, TOLERANCE, |_, x, states| {
        let h = states.last().unwrap();
        let [of_input, of_state] = products.at(x, h, &cell);
        let sum =
            |block: usize, j: usize| of_input[block * HIDDEN + j] + of_state[block * HIDDEN + j];
        (0..HIDDEN)
            .map(|j| {
                let (r, z) = (sigmoid(sum(0, j)), sigmoid(sum(1, j)));
                let column = 2 * HIDDEN + j;
                let n = (of_input[column] + r * (of_state[column] + own[j])).tanh();
                (1.0 - z) * n + z * h[j]
            })
            .collect()
    });
}

#[test]
fn an_slstm_is_what_its_equations_say() {
    let (layer, cell) = normalized_layer("slstm", &json!({}));
    let products = Products::of(&cell);
    let (mut c, mut n) = (vec![], vec![]);
    check(&layer, SIZES, TOLERANCE, |step, x, states| {
        if step == 0 {
            (c, n) = (vec![0.0; HIDDEN], vec![(-30.0_f64).exp(); HIDDEN]);
        }
        let [of_input, of_state] = products.at(x, states.last().unwrap(), &cell);
        let sum =
            |block: usize, j: usize| of_input[block * HIDDEN + j] + of_state[block * HIDDEN + j];
        (0..HIDDEN)
            .map(|j| {
                let (i, f) = (sum(0, j).exp(), sigmoid(sum(1, j)));
                c[j] = f * c[j] + i * sum(2, j).tanh();
                n[j] = f * n[j] + i;
                sigmoid(sum(3, j)) * c[j] / n[j]
            })
            .collect()
    });
}

#[test]
fn a_vanilla_cell_is_what_its_equations_say() {
    let (layer, cell) = normalized_layer("vanilla", &json!({}));
    let products = Products::of(&cell);
    check(&layer, SIZES, TOLERANCE, |_, x, states| {
        let [of_input, of_state] = products.at(x, states.last().unwrap(), &cell);
        of_input.iter().zip(&of_state).map(|(input, state)| (input + state).tanh()).collect()
    });
}
