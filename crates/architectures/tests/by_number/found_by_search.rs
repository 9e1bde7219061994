//! MUT1, MUT2 and MUT3, number by number.

use architectures::layer::LayerCell;
use architectures::mut_layer::Mut;
use burn::tensor::Device;
use serde_json::json;

use crate::plain::{Matrix, check, layer, numbers, sigmoid};

const HIDDEN: usize = 4;

/// As in the paper, whose z is 1 less ours: the sums of r, z (of ours) and n from x as it is read,
/// tanh(h) or h, and how n is made.
fn is_what_its_equations_say(
    variant: &str,
    sums: impl Fn(&Mut) -> Box<dyn Fn(&[f64], &[f64], usize) -> [f64; 3]>,
) {
    for input in [3, HIDDEN] {
        let layer = layer("mut", [input, HIDDEN], &json!({ "variant": variant }), &Device::flex());
        let LayerCell::Mut(cell) = &layer.cell else { panic!("{layer:?}") };
        assert_eq!(cell.projection.is_some(), input != HIDDEN);
        let projection = cell.projection.as_ref().map(|it| Matrix::of(it.val()));
        let recurrent = Matrix::of(cell.recurrent_weight.val());
        let last = if variant == "mut1" { HIDDEN } else { 2 * HIDDEN };
        let sums = sums(cell);
        check(&layer, [2, 5, input], 1e-6, |_, x, states| {
            let h = states.last().unwrap();
            let x: Vec<f64> = match &projection {
                Some(projection) => (0..HIDDEN).map(|j| projection.times(x, j)).collect(),
                None => x.to_vec(),
            };
            let all: Vec<_> = (0..HIDDEN).map(|j| sums(&x, h, j)).collect();
            let reset: Vec<f64> = all.iter().zip(h).map(|(sums, h)| sigmoid(sums[0]) * h).collect();
            (0..HIDDEN)
                .map(|j| {
                    let n = (all[j][2] + recurrent.times(&reset, last + j)).tanh();
                    let theirs = sigmoid(-all[j][1]);
                    n * theirs + h[j] * (1.0 - theirs)
                })
                .collect()
        });
    }
}

/// W, R and b.
fn weights(cell: &Mut) -> (Matrix, Matrix, Vec<f64>) {
    let (w, r) = (cell.input_weight.val(), cell.recurrent_weight.val());
    (Matrix::of(w), Matrix::of(r), numbers(cell.bias.val()))
}

#[test]
fn mut1() {
    is_what_its_equations_say("mut1", |cell| {
        let (w, r, b) = weights(cell);
        Box::new(move |x, h, j| {
            [
                w.times(x, j) + r.times(h, j) + b[j],
                w.times(x, HIDDEN + j) + b[HIDDEN + j],
                x[j].tanh() + b[2 * HIDDEN + j],
            ]
        })
    });
}

#[test]
fn mut2() {
    is_what_its_equations_say("mut2", |cell| {
        let (w, r, b) = weights(cell);
        Box::new(move |x, h, j| {
            let z = HIDDEN + j;
            [
                x[j] + r.times(h, j) + b[j],
                w.times(x, j) + r.times(h, z) + b[z],
                w.times(x, z) + b[HIDDEN + z],
            ]
        })
    });
}

#[test]
fn mut3() {
    is_what_its_equations_say("mut3", |cell| {
        let (w, r, b) = weights(cell);
        Box::new(move |x, h, j| {
            let tanh: Vec<f64> = h.iter().map(|h| h.tanh()).collect();
            let (z, n) = (HIDDEN + j, 2 * HIDDEN + j);
            [
                w.times(x, j) + r.times(h, j) + b[j],
                w.times(x, z) + r.times(&tanh, z) + b[z],
                w.times(x, n) + b[n],
            ]
        })
    });
}
