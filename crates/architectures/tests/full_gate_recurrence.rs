//! An LSTM with full gate recurrence, number by number.

use architectures::layer::Layer;
use architectures::sequence::{Direction, unroll};
use architectures::{Cell as _, Initializer, Padded, cells};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::json;

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f64> {
    tensor.into_data().convert::<f64>().try_to_vec().unwrap()
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[test]
fn is_what_its_equations_say() {
    let [batch, steps, input, hidden] = [2, 5, 3, 4];
    let device = Device::flex();
    let mut at = 0.0_f32;
    let mut draw = || {
        at += 0.618;
        at.fract()
    };
    let entry = cells::find("lstm").unwrap();
    let mut options = schema::defaults(entry.keys);
    options.insert("full_gate_recurrence".to_owned(), json!(true));
    options.insert("peepholes".to_owned(), json!(true));
    let mut init = Initializer::new(&mut draw, &device);
    let layer = entry.layer(input, hidden, &options, &mut init).unwrap();
    let Layer::FullGateRecurrence(cell) = &layer else { panic!("{layer:?}") };
    assert_eq!(layer.state_tensors(), 5, "h, c, i, f and o");
    let values: Vec<f32> = (0..batch * steps * input).map(|i| (i as f32 * 1.7).sin()).collect();
    let x = Tensor::from_data(TensorData::new(values.clone(), [batch, steps, input]), &device);
    let x = Padded::new(x, vec![steps; batch]).unwrap();
    let got = numbers(unroll(&layer, &x, Direction::Forward, None).steps(&x).values().clone());

    let (w, r) = (
        numbers(cell.lstm.input_weight.val()),
        numbers(cell.lstm.recurrent_weight.as_ref().unwrap().val()),
    );
    let (b, g) = (numbers(cell.lstm.bias.val()), numbers(cell.gate_weight.val()));
    let p = numbers(cell.lstm.parameters.as_ref().unwrap().val());
    let dot = |left: &[f64], right: &[f64], width: usize, column: usize| -> f64 {
        left.iter().enumerate().map(|(k, left)| left * right[k * width + column]).sum()
    };
    for row in 0..batch {
        let (mut h, mut c) = (vec![0.0; hidden], vec![0.0; hidden]);
        let mut gates = vec![0.0; 3 * hidden]; // i, f, o
        for step in 0..steps {
            let x: Vec<f64> =
                values[(row * steps + step) * input..][..input].iter().map(|&v| v.into()).collect();
            // The weights have i, f, g, o.
            let sum = |block: usize, j: usize| {
                let column = block * hidden + j;
                b[column] + dot(&x, &w, 4 * hidden, column) + dot(&h, &r, 4 * hidden, column)
            };
            let seen = |gate: usize, j: usize| dot(&gates, &g, 3 * hidden, gate * hidden + j);
            let i: Vec<_> =
                (0..hidden).map(|j| sigmoid(sum(0, j) + seen(0, j) + p[j] * c[j])).collect();
            let f: Vec<_> = (0..hidden)
                .map(|j| sigmoid(sum(1, j) + seen(1, j) + p[hidden + j] * c[j]))
                .collect();
            let next: Vec<_> = (0..hidden).map(|j| f[j] * c[j] + i[j] * sum(2, j).tanh()).collect();
            let o: Vec<_> = (0..hidden)
                .map(|j| sigmoid(sum(3, j) + seen(2, j) + p[2 * hidden + j] * next[j]))
                .collect();
            h = (0..hidden).map(|j| o[j] * next[j].tanh()).collect();
            for (j, h) in h.iter().enumerate() {
                let got = got[(row * steps + step) * hidden + j];
                assert!((got - h).abs() < 1e-6, "step {step}: {got}, not {h}");
            }
            (c, gates) = (next, [i, f, o].concat());
        }
    }
}
