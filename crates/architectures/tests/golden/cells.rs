//! The cells, with initial state, ragged lengths and every option.

use architectures::fused::FusedCell;
use architectures::layer::LayerCell;
use architectures::sequence::{Direction, Unrolled, unroll, unroll_stepwise};
use architectures::{Initializer, Padded, State, cells};
use burn::module::Param;
use burn::tensor::{Device, Gradients, Tensor};
use schema::Options;
use serde_json::json;

use crate::file::Golden;
use crate::on_every_backend;

/// Outputs to 1e-5, gradients to 1e-4 of the largest.
const OUTPUT: f32 = 1e-5;
const GRADIENT: f32 = 1e-4;

fn cell(name: &str, golden: &Golden, options: &[(&str, &str)], device: &Device) -> FusedCell {
    let entry = cells::find(name).unwrap();
    let mut checked = schema::defaults(entry.keys);
    checked.extend(options.iter().map(|&(key, word)| (key.to_owned(), json!(word))));
    let mut zero = || 0.0;
    let mut init = Initializer::new(&mut zero, device);
    let sizes = [golden.size("input"), golden.size("hidden")];
    let layer = entry.layer(sizes[0], sizes[1], &checked, &mut init).unwrap();
    let LayerCell::Fused(cell) = layer.cell else { panic!("{name}") };
    cell
}

type Unroll = fn(&FusedCell, &Padded, Direction, Option<State>) -> Unrolled;

/// In one operation, and step by step.
fn both_ways() -> [Unroll; 2] {
    [unroll, |cell, x, direction, initial| unroll_stepwise(cell, x, direction, initial, None)]
}

/// A state without memory.
fn hidden_state(hidden: &Tensor<2>) -> State {
    State { hidden: hidden.clone(), memory: vec![] }
}

/// Unrolls the cell, checks every output and the input's gradient, and gives the others.
fn check_outputs(
    unroll: Unroll,
    golden: &Golden,
    cell: &FusedCell,
    initial: State,
    device: &Device,
) -> Gradients {
    let x = golden.input(device);
    let unrolled = unroll(cell, &x, Direction::Forward, Some(initial));
    let last = unrolled.last_hidden().clone();
    let steps = unrolled.steps(&x).values().clone();
    golden.get("steps").assert_near(steps.clone(), OUTPUT);
    golden.get("final/h").assert_near(last.clone(), OUTPUT);
    let loss = golden.weighted(&steps, "steps_weight") + golden.weighted(&last, "final_weight");
    let value = loss.clone().into_scalar::<f32>();
    let expected = golden.number("loss");
    assert!((value - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{value} {expected}");
    let gradients = loss.backward();
    let of_x = x.values().grad(&gradients).unwrap();
    golden.gradient("x").assert_near(of_x, GRADIENT);
    gradients
}

fn tracked(golden: &Golden, name: &str, device: &Device) -> Tensor<2> {
    golden.get(name).tensor::<2>(device).require_grad()
}

/// Checks the gradients of W, R and b.
fn check_weights(
    golden: &Golden,
    [input, recurrent]: [&Param<Tensor<2>>; 2],
    bias: &Param<Tensor<1>>,
    gradients: &Gradients,
) {
    for (name, weight) in [("weight_ih_l0", input), ("weight_hh_l0", recurrent)] {
        let actual = weight.val().grad(gradients).unwrap();
        golden.gradient(name).transposed().assert_near(actual, GRADIENT);
    }
    let actual = bias.val().grad(gradients).unwrap();
    golden.gradient("bias_ih_l0").assert_near(actual, GRADIENT);
}

fn check_vanilla(case: &str, activation: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let mut cell = cell("vanilla", &golden, &[("activation", activation)], device);
    cell.input_weight = golden.weight("weight_ih_l0").transposed().param(device);
    cell.recurrent_weight = Some(golden.weight("weight_hh_l0").transposed().param(device));
    let bias = golden.weight("bias_ih_l0").plus(&golden.weight("bias_hh_l0"));
    cell.bias = bias.param(device);

    for unroll in both_ways() {
        let h0 = tracked(&golden, "h0", device);
        let gradients = check_outputs(unroll, &golden, &cell, hidden_state(&h0), device);
        let gradient = |name| golden.gradient(name);
        gradient("h0").assert_near(h0.grad(&gradients).unwrap(), GRADIENT);
        let weights = [&cell.input_weight, cell.recurrent_weight.as_ref().unwrap()];
        check_weights(&golden, weights, &cell.bias, &gradients);
    }
}

fn vanilla_tanh(device: &Device) {
    check_vanilla("vanilla_tanh", "tanh", device);
}

fn vanilla_relu(device: &Device) {
    check_vanilla("vanilla_relu", "relu", device);
}

fn check_lstm(case: &str, options: &[(&str, &str)], device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let mut cell = cell("lstm", &golden, options, device);
    let width = cell.bias.dims();
    cell.input_weight = golden.weight("weight_ih_l0").transposed().param(device);
    cell.recurrent_weight = Some(golden.weight("weight_hh_l0").transposed().param(device));
    let bias = golden.weight("bias_ih_l0").plus(&golden.weight("bias_hh_l0"));
    cell.bias = bias.param(device);
    assert_eq!(cell.bias.dims(), width, "the options build as many gates as the golden has");

    for unroll in both_ways() {
        let (h0, c0) = (tracked(&golden, "h0", device), tracked(&golden, "c0", device));
        let initial = State { hidden: h0.clone(), memory: vec![c0.clone()] };
        let x = golden.input(device);
        let c =
            unroll(&cell, &x, Direction::Forward, Some(initial.clone())).last().memory[0].clone();
        golden.get("final/c").assert_near(c, OUTPUT);
        let gradients = check_outputs(unroll, &golden, &cell, initial, device);
        let gradient = |name| golden.gradient(name);
        gradient("h0").assert_near(h0.grad(&gradients).unwrap(), GRADIENT);
        gradient("c0").assert_near(c0.grad(&gradients).unwrap(), GRADIENT);
        let weights = [&cell.input_weight, cell.recurrent_weight.as_ref().unwrap()];
        check_weights(&golden, weights, &cell.bias, &gradients);
    }
}

fn lstm(device: &Device) {
    check_lstm("lstm", &[], device);
}

fn lstm_coupled(device: &Device) {
    check_lstm("lstm_coupled", &[("forget_gate", "coupled-to-input")], device);
}

fn lstm_forget_always_one(device: &Device) {
    check_lstm("lstm_forget_always_one", &[("forget_gate", "always-one")], device);
}

fn lstm_input_always_one(device: &Device) {
    check_lstm("lstm_input_always_one", &[("input_gate", "always-one")], device);
}

fn lstm_output_always_one(device: &Device) {
    check_lstm("lstm_output_always_one", &[("output_gate", "always-one")], device);
}

/// Puts PyTorch's weights, their names ending in `suffix`, into a GRU cell.
pub fn set_gru(cell: &mut FusedCell, golden: &Golden, prefix: &str, suffix: &str, device: &Device) {
    let weight = |name: &str| golden.weight(&format!("{prefix}{name}{suffix}"));
    cell.input_weight = weight("weight_ih").transposed().param(device);
    cell.recurrent_weight = Some(weight("weight_hh").transposed().param(device));
    let (input, recurrent) = (weight("bias_ih"), weight("bias_hh"));
    let width = weight("weight_hh").shape[1];
    let rows = input.shape[0];
    if cell.candidate_bias.is_some() {
        let mut bias = weight("bias_ih").plus(&recurrent);
        bias.data[2 * width..].copy_from_slice(&input.data[2 * width..]);
        cell.bias = bias.param(device);
        cell.candidate_bias = Some(recurrent.rows(2 * width..rows).param(device));
    } else {
        cell.bias = input.plus(&recurrent).param(device);
    }
}

fn check_gru(case: &str, reset_gate: &str, device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read(case);
    let mut cell = cell("gru", &golden, &[("reset_gate", reset_gate)], device);
    set_gru(&mut cell, &golden, "", "_l0", device);

    for unroll in both_ways() {
        let h0 = tracked(&golden, "h0", device);
        let gradients = check_outputs(unroll, &golden, &cell, hidden_state(&h0), device);
        let gradient = |name| golden.gradient(name);
        gradient("h0").assert_near(h0.grad(&gradients).unwrap(), GRADIENT);
        let weights = [&cell.input_weight, cell.recurrent_weight.as_ref().unwrap()];
        check_weights(&golden, weights, &cell.bias, &gradients);
        if let Some(bias) = &cell.candidate_bias {
            let hidden = golden.size("hidden");
            let expected = gradient("bias_hh_l0").rows(2 * hidden..3 * hidden);
            expected.assert_near(bias.val().grad(&gradients).unwrap(), GRADIENT);
        }
    }
}

fn gru(device: &Device) {
    check_gru("gru", "after-product", device);
}

fn gru_reset_before(device: &Device) {
    check_gru("gru_reset_before", "before-product", device);
}

fn gru_reset_always_one(device: &Device) {
    check_gru("gru_reset_always_one", "always-one", device);
}

/// Padding is filled with what would show if it were read.
fn padding_has_no_influence(device: &Device) {
    let device = &device.clone().autodiff();
    let golden = Golden::read("lstm");
    let cell = cell("lstm", &golden, &[], device);
    let x = golden.input(device);
    let dirty = x.with_values(x.values().clone() + (1.0 - x.mask()) * 7.0);
    for unroll in both_ways() {
        let steps = |x: &Padded, direction| {
            unroll(&cell, x, direction, None).steps(x).values().clone().into_data()
        };
        for direction in [Direction::Forward, Direction::Backward] {
            assert_eq!(steps(&x, direction), steps(&dirty, direction));
        }
    }
}

on_every_backend! {
    vanilla_tanh,
    vanilla_relu,
    lstm,
    lstm_coupled,
    lstm_forget_always_one,
    lstm_input_always_one,
    lstm_output_always_one,
    gru,
    gru_reset_before,
    gru_reset_always_one,
    padding_has_no_influence,
}

#[test]
fn options_that_the_table_lacks_are_refused() {
    let device = Device::flex();
    let mut zero = || 0.0;
    let mut init = Initializer::new(&mut zero, &device);
    let options = Options::from_iter([("forget_bais".to_owned(), json!(1.0))]);
    let error =
        cells::find("lstm").unwrap().layer(2, 3, &options, &mut init).unwrap_err().to_string();
    assert!(error.contains("forget_bais"), "{error}");
}
