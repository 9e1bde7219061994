//! A cell that nobody had thought of before, added in one file, `traced.rs`: it trains in one
//! operation for the whole sequence, as the registered ones do.
//! `cargo bench -p unroll-recurrence -- 32x50` has its speed beside theirs.
#![expect(clippy::inline_always, reason = "vectors that are passed in memory are slow")]

mod traced;

use std::sync::Arc;

use architectures::fused::FusedCell;
use architectures::initial_weights::InitialWeights;
use architectures::sequence::{Direction, unroll, unroll_stepwise};
use architectures::{Initializer, Padded};
use burn::optim::{AdamConfig, GradientsParams};
use burn::tensor::{Device, Tensor, TensorData};
use recurrence::check_derivative;

use traced::Traced;

const SIZES: [usize; 3] = [6, 9, 3];
const HIDDEN: usize = 18;

fn batch(device: &Device) -> Padded {
    let values: Vec<f32> = (0..SIZES.iter().product()).map(|i| (i as f32 * 1.7).sin()).collect();
    let values = Tensor::from_data(TensorData::new(values, SIZES), device);
    Padded::new(values, vec![9, 4, 1, 7, 9, 2]).unwrap()
}

fn layer(device: &Device) -> FusedCell {
    let mut at = 0.0_f32;
    let mut draw = || {
        at += 0.618;
        at.fract()
    };
    FusedCell::build(
        Arc::new(Traced),
        [SIZES[2], HIDDEN],
        InitialWeights::default(),
        None,
        &mut Initializer::new(&mut draw, device),
    )
}

#[test]
fn its_derivative_is_that_of_its_step() {
    check_derivative(&Traced).unwrap();
}

#[test]
fn its_whole_sequence_is_its_steps() {
    let device = Device::flex().autodiff();
    let (layer, x) = (layer(&device), batch(&device));
    for direction in [Direction::Forward, Direction::Backward] {
        let loss_and_gradients = |steps: Tensor<3>| {
            let gradients = steps.clone().square().sum().backward();
            let of = [layer.input_weight.val(), layer.recurrent_weight.as_ref().unwrap().val()];
            let of = of.map(|weight| weight.grad(&gradients).unwrap().into_data());
            let own = layer.parameters.as_ref().unwrap().val().grad(&gradients).unwrap();
            (steps.into_data(), of, own.into_data())
        };
        let whole = unroll(&layer, &x, direction, None);
        assert!(layer.shape().memory == whole.last().memory.len());
        let whole = loss_and_gradients(whole.steps(&x).values().clone());
        let steps = unroll_stepwise(&layer, &x, direction, None, None);
        let steps = loss_and_gradients(steps.steps(&x).values().clone());
        let tolerance = burn::tensor::Tolerance::<f32>::rel_abs(1e-4, 1e-5);
        whole.0.assert_approx_eq(&steps.0, tolerance);
        for (whole, steps) in whole.1.iter().zip(&steps.1) {
            whole.assert_approx_eq(steps, tolerance);
        }
        whole.2.assert_approx_eq(&steps.2, tolerance);
    }
}

#[test]
fn it_learns() {
    let device = Device::flex().autodiff();
    let mut layer = layer(&device);
    let x = batch(&device);
    // To give out what was read two steps ago.
    let target = x.values().clone().narrow(2, 0, 1);
    let loss = |layer: &FusedCell| {
        let steps = unroll(layer, &x, Direction::Forward, None).steps(&x).values().clone();
        let given = steps.narrow(2, 0, 1).narrow(1, 2, 7);
        let valid = x.mask().narrow(1, 2, 7);
        ((given - target.clone().narrow(1, 0, 7)).square() * valid).sum()
    };
    let mut optimizer = AdamConfig::new().init();
    let before = loss(&layer).into_scalar::<f32>();
    for _ in 0..150 {
        let gradients = GradientsParams::from_grads(loss(&layer).backward(), &layer);
        layer = optimizer.step(1e-2, layer, gradients);
    }
    let after = loss(&layer).into_scalar::<f32>();
    assert!(after < 0.05 * before, "{before} → {after}");
}
