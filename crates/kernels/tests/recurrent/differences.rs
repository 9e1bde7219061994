//! The gradients of the definition by finite differences, in double precision.

use burn::tensor::DType;

use crate::case::{Case, REFERENCE, Tensors};
use crate::{KINDS, flex};

const STEP: f64 = 1e-5;

/// Σ output ⊙ weight.
fn loss(case: &Case) -> f64 {
    let outputs: Tensors = case.run(REFERENCE, &flex(), DType::F64, false).outputs;
    let products = case.loss.iter().map(|(name, weights)| {
        let output = &outputs[name];
        output.iter().zip(weights).map(|(output, weight)| output * weight).sum::<f64>()
    });
    products.sum()
}

#[test]
fn gradients_are_slopes() {
    for (seed, kind) in (0..).zip(KINDS) {
        let case = Case::new(kind, [2, 3, 2, 3], true, seed % 2 == 0, 40 + seed);
        let found = case.run(REFERENCE, &flex(), DType::F64, false).gradients;
        for (name, values) in &case.inputs {
            for i in 0..values.len() {
                let at = |value: f64| {
                    let mut moved = case.clone();
                    moved.inputs.get_mut(name).expect("an input")[i] = value;
                    loss(&moved)
                };
                let slope = (at(values[i] + STEP) - at(values[i] - STEP)) / (2.0 * STEP);
                let gradient = found[name][i];
                let near = (slope - gradient).abs() <= 1e-8 * slope.abs().max(1.0);
                assert!(near, "{kind:?}, {name}[{i}]: {gradient}, but the slope is {slope}");
            }
        }
    }
}
