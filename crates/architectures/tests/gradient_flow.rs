//! How far gradients flow at initialisation, as theory has it: Hochreiter 1991; Bengio, Simard and
//! Frasconi 1994; Pascanu, Mikolov and Bengio 2013; Le, Jaitly and Hinton 2015; Tallec and Ollivier
//! 2018.

use architectures::layer::{Layer, LayerCell};
use architectures::sequence::{Direction, unroll, unroll_probed};
use architectures::{Initializer, Padded, State, cells};
use burn::module::{Module as _, ModuleMapper, Param};
use burn::tensor::{Device, Tensor, TensorData};
use kernels::Probe;
use serde_json::{Value, json};

const INPUT: usize = 3;
const HIDDEN: usize = 24;

fn draw(seed: u64) -> impl FnMut() -> f32 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 40) as f32 / (1 << 24) as f32
    }
}

fn layer(name: &str, changes: &Value, device: &Device) -> Layer {
    let entry = cells::find(name).unwrap();
    let mut options = schema::defaults(entry.keys);
    options.extend(changes.as_object().unwrap().clone());
    let mut uniform = draw(5);
    let mut init = Initializer::new(&mut uniform, device);
    entry.layer(INPUT, HIDDEN, &options, &mut init).unwrap()
}

fn input(steps: usize, device: &Device) -> Padded {
    let mut uniform = draw(9);
    let values: Vec<f32> = (0..2 * steps * INPUT).map(|_| uniform() - 0.5).collect();
    let values = Tensor::from_data(TensorData::new(values, [2, steps, INPUT]), device);
    Padded::new(values, vec![steps; 2]).unwrap()
}

/// The logarithm of the gradient of the last hidden state by that so many steps before, and by
/// how much it changes from lag to lag, between two lags.
fn slope_of_hidden(layer: &Layer, [near, far]: [usize; 2], device: &Device) -> f64 {
    let steps = far + 1;
    let x = input(steps, device);
    let probe = Probe::new(&x, HIDDEN);
    let unrolled = unroll_probed(layer, &x, Direction::Forward, None, &probe);
    let gradients = unrolled.last_hidden().clone().sum().backward();
    let of_hidden = probe.hidden_gradient(&gradients).unwrap();
    let log = |lag: usize| {
        let at = of_hidden.clone().narrow(1, steps - 1 - lag, 1);
        0.5 * f64::from(at.square().sum().into_scalar::<f32>()).ln()
    };
    (log(far) - log(near)) / (far - near) as f64
}

/// All matrices times a factor.
struct Shrink(f32);

impl ModuleMapper for Shrink {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, value, mapper) = param.consume();
        // A leaf again, so that every loss has a graph of its own.
        let value = if D == 2 { (value * self.0).detach().require_grad() } else { value };
        Param::from_mapped_value(id, value, mapper)
    }
}

#[test]
fn the_memory_of_an_lstm_fades_as_its_forget_bias_says() {
    let device = Device::flex().autodiff();
    for forget_bias in [0.0_f64, 1.0, 2.0] {
        let layer = layer("lstm", &json!({ "forget_bias": forget_bias }), &device);
        let layer = layer.map(&mut Shrink(1e-3));
        let log = |steps: usize| {
            let zero = || Tensor::<2>::zeros([2, HIDDEN], &device).require_grad();
            let state = State { hidden: zero(), memory: vec![zero()] };
            let x = input(steps, &device);
            let last = unroll(&layer, &x, Direction::Forward, Some(state.clone())).last();
            let gradients = last.memory[0].clone().sum().backward();
            let of_memory = state.memory[0].grad(&gradients).unwrap();
            // The mean of logarithms: each unit has a bias of its own around the forget bias.
            f64::from(of_memory.log().mean().into_scalar::<f32>())
        };
        let slope = (log(35) - log(5)) / 30.0;
        let expected = (1.0 / (1.0 + (-forget_bias).exp())).ln();
        assert!((slope / expected - 1.0).abs() < 0.05, "{forget_bias}: {slope}, not {expected}");
    }
}

#[test]
fn the_gradients_of_an_identity_initialised_relu_network_are_nearly_flat() {
    let device = Device::flex().autodiff();
    let irnn = json!({ "activation": "relu", "recurrent_init": "identity" });
    let flat = slope_of_hidden(&layer("vanilla", &irnn, &device), [2, 40], &device);
    let plain = json!({ "activation": "relu" });
    let plain = slope_of_hidden(&layer("vanilla", &plain, &device), [2, 40], &device);
    assert!(flat.abs() < 0.02, "{flat}");
    assert!(plain < -0.2, "{plain}");
}

#[test]
fn a_smaller_spectral_radius_fades_faster() {
    let device = Device::flex().autodiff();
    let slope = |radius: f64| {
        let options = json!({ "spectral_radius": radius });
        slope_of_hidden(&layer("vanilla", &options, &device), [5, 30], &device)
    };
    let [half, near_one] = [slope(0.5), slope(0.95)];
    // tanh takes some more.
    assert!(half < 0.5_f64.ln() + 0.05 && half > 0.5_f64.ln() - 0.5, "{half}");
    assert!(near_one > half + 0.3 && near_one < 0.0, "{near_one}");
}

#[test]
fn an_orthogonal_network_fades_less_than_a_plain_one() {
    let device = Device::flex().autodiff();
    let slope =
        |options: Value| slope_of_hidden(&layer("vanilla", &options, &device), [5, 30], &device);
    let [orthogonal, plain] = [slope(json!({ "recurrent_init": "orthogonal" })), slope(json!({}))];
    assert!(orthogonal > plain + 0.1, "{orthogonal} {plain}");
}

#[test]
fn chrono_biases_span_the_lags_that_are_asked_for() {
    let device = Device::flex();
    for (name, gate, opposite) in [("lstm", 1, Some(0)), ("gru", 1, None)] {
        let layer = layer(name, &json!({ "chrono": 200 }), &device);
        let LayerCell::Fused(cell) = &layer.cell else { panic!("{layer:?}") };
        let bias = cell.bias.val().into_data().try_to_vec::<f32>().unwrap();
        let block = |gate: usize| &bias[gate * HIDDEN..][..HIDDEN];
        let keeps = block(gate);
        let longest = 199.0_f32.ln();
        assert!(keeps.iter().all(|bias| (0.0..=longest).contains(bias)), "{keeps:?}");
        assert!(keeps.iter().any(|&bias| bias > longest - 1.0), "{keeps:?}");
        if let Some(opposite) = opposite {
            let is_opposite = |(o, k): (&f32, &f32)| o.to_bits() == (-k).to_bits();
            assert!(block(opposite).iter().zip(keeps).all(is_opposite));
        }
    }
    let without = json!({ "chrono": 200, "forget_gate": "always-one" });
    let LayerCell::Fused(cell) = layer("lstm", &without, &device).cell else { panic!("fused") };
    let bias = cell.bias.val().into_data().try_to_vec::<f32>().unwrap();
    assert!(bias.iter().all(|bias| bias.abs() <= 1.0 / (HIDDEN as f32).sqrt()), "no such gate");
}
