//! An LSTM with full gate recurrence, number by number.

use architectures::Cell as _;
use architectures::layer::LayerCell;
use burn::tensor::Device;
use serde_json::json;

use crate::plain::{Matrix, check, layer, numbers, sigmoid};

#[test]
fn is_what_its_equations_say() {
    let [batch, steps, input, hidden] = [2, 5, 3, 4];
    let changes = json!({ "full_gate_recurrence": true, "peepholes": true });
    let layer = layer("lstm", [input, hidden], &changes, &Device::flex());
    let LayerCell::FullGateRecurrence(cell) = &layer.cell else { panic!("{layer:?}") };
    assert_eq!(layer.state_tensors(), 5, "h, c, i, f and o");
    let w = Matrix::of(cell.lstm.input_weight.val());
    let r = Matrix::of(cell.lstm.recurrent_weight.as_ref().unwrap().val());
    let g = Matrix::of(cell.gate_weight.val());
    let b = numbers(cell.lstm.bias.val());
    let p = numbers(cell.lstm.parameters.as_ref().unwrap().val());
    let (mut c, mut gates) = (vec![], vec![]);
    check(&layer, [batch, steps, input], 1e-6, |step, x, states| {
        if step == 0 {
            (c, gates) = (vec![0.0; hidden], vec![0.0; 3 * hidden]); // i, f, o
        }
        let h = states.last().unwrap();
        // The weights have i, f, g, o.
        let sum = |block: usize, j: usize| {
            let column = block * hidden + j;
            b[column] + w.times(x, column) + r.times(h, column)
        };
        let seen = |gate: usize, j: usize| g.times(&gates, gate * hidden + j);
        let i: Vec<_> =
            (0..hidden).map(|j| sigmoid(sum(0, j) + seen(0, j) + p[j] * c[j])).collect();
        let f: Vec<_> =
            (0..hidden).map(|j| sigmoid(sum(1, j) + seen(1, j) + p[hidden + j] * c[j])).collect();
        let next: Vec<_> = (0..hidden).map(|j| f[j] * c[j] + i[j] * sum(2, j).tanh()).collect();
        let o: Vec<_> = (0..hidden)
            .map(|j| sigmoid(sum(3, j) + seen(2, j) + p[2 * hidden + j] * next[j]))
            .collect();
        let h = (0..hidden).map(|j| o[j] * next[j].tanh()).collect();
        (c, gates) = (next, [i, f, o].concat());
        h
    });
}
