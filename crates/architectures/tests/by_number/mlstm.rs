//! An mLSTM, number by number, with its memory as it is: not divided by anything.

use architectures::layer::LayerCell;
use burn::tensor::Device;
use serde_json::json;

use crate::plain::{Matrix, check, layer, numbers, sigmoid};

#[test]
fn is_what_its_equations_say() {
    for forget_gate in ["sigmoid", "exponential"] {
        for (hidden, heads) in [(6, 2), (6, 3), (4, 1)] {
            against_the_equations(forget_gate, hidden, heads);
        }
    }
}

fn against_the_equations(forget_gate: &str, hidden: usize, heads: usize) {
    let (input, d) = (3, hidden / heads);
    let changes = json!({ "heads": heads, "forget_gate": forget_gate, "forget_bias": 0.5 });
    let layer = layer("mlstm", [input, hidden], &changes, &Device::flex());
    let LayerCell::MLstm(cell) = &layer.cell else { panic!("{layer:?}") };
    let (w, b) = (Matrix::of(cell.input_weight.val()), numbers(cell.bias.val()));
    let (mut memory, mut normaliser) = (vec![], vec![]);
    check(&layer, [2, 5, input], 1e-6, |step, x, _| {
        if step == 0 {
            memory = vec![vec![vec![0.0_f64; d]; d]; heads];
            normaliser = vec![vec![0.0_f64; d]; heads];
        }
        let sum = |column: usize| w.times(x, column) + b[column];
        let mut h = vec![0.0; hidden];
        for head in 0..heads {
            let of = |block: usize, unit: usize| sum(block * hidden + head * d + unit);
            let i = sum(4 * hidden + head).exp();
            let f = sum(4 * hidden + heads + head);
            let f = if forget_gate == "sigmoid" { sigmoid(f) } else { f.exp() };
            let query: Vec<f64> = (0..d).map(|at| of(0, at)).collect();
            let key: Vec<f64> = (0..d).map(|at| of(1, at) / (d as f64).sqrt()).collect();
            for (to, row) in memory[head].iter_mut().enumerate() {
                for (cell, key) in row.iter_mut().zip(&key) {
                    *cell = f * *cell + i * of(2, to) * key;
                }
            }
            for (n, key) in normaliser[head].iter_mut().zip(&key) {
                *n = f * *n + i * key;
            }
            let dot = |left: &[f64]| left.iter().zip(&query).map(|(a, b)| a * b).sum::<f64>();
            let divisor = dot(&normaliser[head]).abs().max(1.0);
            for (to, row) in memory[head].iter().enumerate() {
                h[head * d + to] = sigmoid(of(3, to)) * dot(row) / divisor;
            }
        }
        h
    });
}
