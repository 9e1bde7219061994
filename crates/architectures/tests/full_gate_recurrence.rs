//! An LSTM with full gate recurrence, number by number.

mod plain;

use architectures::Cell as _;
use architectures::layer::Layer;
use architectures::sequence::{Direction, unroll};
use burn::tensor::Device;
use serde_json::json;

use crate::plain::{batch as full, lstm, numbers, sigmoid};

#[test]
fn is_what_its_equations_say() {
    let [batch, steps, input, hidden] = [2, 5, 3, 4];
    let device = Device::flex();
    let changes = json!({ "full_gate_recurrence": true, "peepholes": true });
    let layer = lstm([input, hidden], &changes, &device);
    let Layer::FullGateRecurrence(cell) = &layer else { panic!("{layer:?}") };
    assert_eq!(layer.state_tensors(), 5, "h, c, i, f and o");
    let (x, values) = full([batch, steps, input], &device);
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
