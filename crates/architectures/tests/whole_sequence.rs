//! The operation on whole sequences against the time loop: every cell with every option,
//! random shapes, ragged lengths, both directions, with and without initial state.

use architectures::layer::Layer;
#[cfg(feature = "wgpu")]
use architectures::sequence::unroll;
use architectures::sequence::{Direction, Unrolled, unroll_probed, unroll_stepwise};
use architectures::{Cell, Initializer, Padded, State, cells};
use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceKind, DeviceType};
use kernels::Probe;
use serde_json::{Value, json};

/// Differences, as a part of the largest element (at least 1).
const OUTPUT: f32 = 1e-5;
const GRADIENT: f32 = 5e-5;
const SEEDS: u64 = 30;

/// Its weights, matrices and vectors.
#[derive(Default)]
struct Weights(Vec<Tensor<2>>, Vec<Tensor<1>>);

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let value = param.val();
        // Of its own rank: what it is not is never asked for.
        match D {
            1 => self.1.push(Tensor::from_dispatch(value.into_dispatch())),
            _ => self.0.push(Tensor::from_dispatch(value.into_dispatch())),
        }
    }
}

/// A cell's name and what is changed of its default options.
type Variant<'a> = (&'a str, &'a [(&'a str, Value)]);

/// Numbers that depend on the seed alone (splitmix64).
struct Draw(u64);

impl Draw {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// In [0, 1).
    fn uniform(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 24) as f32
    }

    /// In `1..=limit`.
    fn size(&mut self, limit: usize) -> usize {
        1 + (self.bits() % limit as u64) as usize
    }

    /// Elements in [-1, 1).
    fn tensor<const D: usize>(&mut self, shape: [usize; D], device: &Device) -> Tensor<D> {
        let elements = (0..shape.iter().product()).map(|_| 2.0 * self.uniform() - 1.0).collect();
        Tensor::from_data(TensorData::new::<f32, _>(elements, shape), device)
    }
}

/// A batch, its direction and initial state, and weights of the loss.
struct Problem {
    cell: Layer,
    x: Padded,
    direction: Direction,
    initial: Option<State>,
    of_steps: Tensor<3>,
    of_last: Vec<Tensor<2>>,
}

impl Problem {
    fn new(seed: u64, (name, options): Variant, device: &Device) -> Self {
        let draw = &mut Draw(seed);
        let (batch, steps, input, hidden) =
            (draw.size(9), draw.size(7), draw.size(6), draw.size(37));
        let full = seed.is_multiple_of(3);
        let lengths = (0..batch).map(|_| if full { steps } else { draw.size(steps) }).collect();
        let entry = cells::find(name).unwrap();
        let mut checked = schema::defaults(entry.keys);
        checked.extend(options.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        let mut uniform = || draw.uniform();
        let mut init = Initializer::new(&mut uniform, device);
        let cell = entry.layer(input, hidden, &checked, &mut init).unwrap();
        // Padding is filled with what would show if it were read.
        let x = Padded::new(draw.tensor([batch, steps, input], device), lengths).unwrap();
        let values: Tensor<3> = x.values().clone() + (1.0 - x.mask()) * 7.0;
        let tracked = device.is_autodiff();
        let x = x.with_values(values.set_require_grad(tracked && seed % 4 != 1));
        let state = |draw: &mut Draw| -> Vec<Tensor<2>> {
            (0..cell.state_tensors()).map(|_| draw.tensor([batch, hidden], device)).collect()
        };
        let tracked_state = |tensors: Vec<Tensor<2>>| {
            let tensors = tensors.into_iter().map(|tensor| tensor.set_require_grad(tracked));
            State::of_tensors(&tensors.collect::<Vec<_>>()).unwrap()
        };
        let initial = seed.is_multiple_of(2).then(|| tracked_state(state(draw)));
        let of_last = state(draw);
        let direction = if seed % 5 < 2 { Direction::Backward } else { Direction::Forward };
        let of_steps = draw.tensor([batch, steps, hidden], device);
        Self { cell, x, direction, initial, of_steps, of_last }
    }

    fn whole(&self) -> Unrolled {
        let initial = self.initial.as_ref();
        let whole = self.cell.whole_sequence(&self.x, self.direction, initial, None);
        whole.expect("a cell of the kernels")
    }

    fn probe(&self) -> Probe {
        Probe::new(&self.x, self.cell.hidden())
    }

    /// Hidden states and final state.
    fn outputs(&self, unrolled: Unrolled) -> Vec<TensorData> {
        let last = unrolled.last().tensors();
        let mut outputs = vec![unrolled.steps(&self.x).values().clone().into_data()];
        outputs.extend(last.into_iter().map(Tensor::into_data));
        outputs
    }

    /// The outputs, and the gradients of a loss of all of them: of x if it is tracked, of
    /// the weights, of the initial state and, with a probe, of every hidden state.
    fn result(
        &self,
        unrolled: Unrolled,
        probe: Option<&Probe>,
    ) -> (Vec<TensorData>, Vec<TensorData>) {
        let steps = unrolled.clone().steps(&self.x).values().clone();
        let mut loss = (steps * self.of_steps.clone()).sum();
        for (last, weight) in unrolled.last().tensors().into_iter().zip(&self.of_last) {
            loss = loss + (last * weight.clone()).sum();
        }
        let gradients = loss.backward();
        let of_x = self.x.values().grad(&gradients).map(Tensor::into_data);
        assert_eq!(of_x.is_some(), self.x.values().is_require_grad());
        let mut weights = Weights::default();
        self.cell.visit(&mut weights);
        let Weights(matrices, vectors) = weights;
        let initial = self.initial.as_ref().map_or(vec![], State::tensors);
        let mut of: Vec<_> = of_x.into_iter().collect();
        let matrices = matrices.into_iter().chain(initial);
        of.extend(matrices.map(|weight| gradient(&weight, &gradients)));
        of.extend(vectors.into_iter().map(|bias| gradient(&bias, &gradients)));
        let of_hidden = probe.map(|probe| probe.hidden_gradient(&gradients).unwrap());
        of.extend(of_hidden.map(Tensor::into_data));
        (self.outputs(unrolled), of)
    }
}

/// Zero if the loss does not depend on it: not every variant reads every initial state.
fn gradient<const D: usize>(of: &Tensor<D>, gradients: &Gradients) -> TensorData {
    let zero = || of.clone().inner().zeros_like();
    of.grad(gradients).unwrap_or_else(zero).into_data()
}

fn assert_near(actual: &[TensorData], expected: &[TensorData], tolerance: f32, what: &str) {
    assert_eq!(actual.len(), expected.len());
    for (index, (actual, expected)) in actual.iter().zip(expected).enumerate() {
        assert_eq!(actual.shape(), expected.shape(), "{what} {index}");
        let actual = actual.try_to_vec::<f32>().unwrap();
        let expected = expected.try_to_vec::<f32>().unwrap();
        let scale = expected.iter().fold(1.0_f32, |scale, value| scale.max(value.abs()));
        for (i, (actual, expected)) in actual.iter().zip(&expected).enumerate() {
            let near = (actual - expected).abs() <= tolerance * scale;
            assert!(near, "{what} {index}[{i}]: {actual} instead of {expected}");
        }
    }
}

#[cfg_attr(feature = "ndarray", expect(deprecated, reason = "tested as long as Burn has it"))]
fn cpu_devices() -> Vec<Device> {
    vec![
        Device::flex(),
        #[cfg(feature = "ndarray")]
        Device::ndarray(),
    ]
}

/// Whole sequences against the time loop, and against themselves without the probe and
/// without gradients.
fn check(variant: Variant) {
    check_within(variant, 1.0);
}

/// The same with tolerances `times` as wide.
fn check_within(variant: Variant, times: f32) {
    for device in cpu_devices() {
        for seed in 0..SEEDS {
            let problem = Problem::new(seed, variant, &device.clone().autodiff());
            let Problem { cell, x, direction, initial, .. } = &problem;
            let probe = problem.probe();
            let whole = unroll_probed(cell, x, *direction, initial.clone(), &probe);
            let (outputs, mut gradients) = problem.result(whole, Some(&probe));
            let probe = problem.probe();
            let stepwise = unroll_stepwise(cell, x, *direction, initial.clone(), Some(&probe));
            let (expected, expected_gradients) = problem.result(stepwise, Some(&probe));
            assert_near(&outputs, &expected, times * OUTPUT, &format!("seed {seed}: output"));
            let what = format!("seed {seed}: gradient");
            assert_near(&gradients, &expected_gradients, times * GRADIENT, &what);

            gradients.pop();
            let unseen = problem.result(problem.whole(), None);
            assert_eq!((&outputs, &gradients), (&unseen.0, &unseen.1), "seed {seed}, no probe");

            let untracked = Problem::new(seed, variant, &device);
            let untracked = untracked.outputs(untracked.whole());
            assert_eq!(outputs, untracked, "seed {seed}, no gradient asked for");
        }
    }
}

#[test]
fn vanilla_tanh() {
    check(("vanilla", &[("activation", json!("tanh"))]));
}

#[test]
fn vanilla_relu() {
    check(("vanilla", &[("activation", json!("relu"))]));
}

#[test]
fn lstm() {
    check(("lstm", &[]));
}

#[test]
fn lstm_without_input_gate() {
    check(("lstm", &[("input_gate", json!("always-one"))]));
}

#[test]
fn lstm_without_forget_gate() {
    check(("lstm", &[("forget_gate", json!("always-one"))]));
}

#[test]
fn lstm_without_output_gate() {
    check(("lstm", &[("output_gate", json!("always-one"))]));
}

#[test]
fn lstm_with_coupled_gates() {
    check(("lstm", &[("forget_gate", json!("coupled-to-input"))]));
}

#[test]
fn lstm_coupled_to_no_input_gate() {
    check((
        "lstm",
        &[("forget_gate", json!("coupled-to-input")), ("input_gate", json!("always-one"))],
    ));
}

#[test]
fn lstm_without_input_activation() {
    check(("lstm", &[("input_activation", json!("identity"))]));
}

#[test]
fn lstm_without_output_activation() {
    check(("lstm", &[("output_activation", json!("identity"))]));
}

#[test]
fn lstm_with_peepholes() {
    check(("lstm", &[("peepholes", json!(true))]));
}

#[test]
fn lstm_with_peepholes_and_coupled_gates() {
    check(("lstm", &[("peepholes", json!(true)), ("forget_gate", json!("coupled-to-input"))]));
}

#[test]
fn gru() {
    check(("gru", &[("reset_gate", json!("after-product"))]));
}

#[test]
fn gru_with_the_reset_before() {
    check(("gru", &[("reset_gate", json!("before-product"))]));
}

#[test]
fn gru_without_reset_gate() {
    check(("gru", &[("reset_gate", json!("always-one"))]));
}

#[test]
fn gru_without_update_gate() {
    check(("gru", &[("update_gate", json!("always-zero"))]));
}

#[test]
fn gru_without_gates() {
    check(("gru", &[("reset_gate", json!("always-one")), ("update_gate", json!("always-zero"))]));
}

#[test]
fn minimal_units() {
    check(("min_gru", &[]));
    check(("min_lstm", &[]));
}

#[test]
fn slstm() {
    check(("slstm", &[]));
    check(("slstm", &[("forget_gate", json!("exponential"))]));
}

/// Where few numbers are normalised that hardly differ, rounding is made larger.
#[test]
fn layer_normalized() {
    for (name, changes) in [
        ("lstm", vec![]),
        ("lstm", vec![("output_gate", json!("always-one"))]),
        ("lstm", vec![("forget_gate", json!("coupled-to-input"))]),
        ("gru", vec![]),
        ("gru", vec![("reset_gate", json!("always-one"))]),
        ("vanilla", vec![]),
    ] {
        let changes = [&changes[..], &[("normalize", json!("layer"))]].concat();
        check_within((name, &changes), 20.0);
    }
}

#[test]
fn mlstm() {
    check(("mlstm", &[("heads", json!(1))]));
    check(("mlstm", &[("heads", json!(1)), ("forget_gate", json!("exponential"))]));
}

#[test]
fn mut1_and_mut2() {
    check(("mut", &[("variant", json!("mut1"))]));
    check(("mut", &[("variant", json!("mut2"))]));
}

/// The gates that are learned, and no others, seen through a probe.
#[test]
fn gates_of_an_lstm_whose_forget_gate_is_coupled() {
    let options =
        [("forget_gate", json!("coupled-to-input")), ("output_gate", json!("always-one"))];
    let problem = Problem::new(8, ("lstm", &options), &Device::flex());
    let Problem { cell, x, direction, initial, .. } = &problem;
    let unrolled = unroll_probed(cell, x, *direction, initial.clone(), &problem.probe());
    let gates = unrolled.gates().expect("gates").clone();
    assert_eq!(gates.dims()[2], 2 * cell.hidden(), "i and g");
    let valid: Tensor<3> = x.mask().expand(gates.shape());
    let gates = gates.into_data().try_to_vec::<f32>().unwrap();
    let valid = valid.into_data().try_to_vec::<f32>().unwrap();
    let width = 2 * cell.hidden();
    for (at, (gate, valid)) in gates.iter().zip(valid).enumerate() {
        let is_input_gate = at % width < cell.hidden();
        let range = if is_input_gate { 0.0..1.0 } else { -1.0..1.0 };
        assert!(valid == 0.0 && *gate == 0.0 || range.contains(gate), "{at}: {gate}");
    }
    let stepwise = unroll_stepwise(cell, x, *direction, initial.clone(), Some(&problem.probe()));
    assert!(stepwise.gates().is_none());
}

#[cfg(feature = "wgpu")]
fn check_on_wgpu(variant: Variant) {
    let wgpu = Device::wgpu(DeviceKind::DefaultDevice).autodiff();
    let flex = Device::flex().autodiff();
    for seed in [3, 4] {
        let [actual, expected] = [&wgpu, &flex].map(|device| {
            let problem = Problem::new(seed, variant, device);
            let Problem { cell, x, direction, initial, .. } = &problem;
            problem.result(unroll(cell, x, *direction, initial.clone()), None)
        });
        assert_near(&actual.0, &expected.0, OUTPUT, &format!("seed {seed}: output"));
        assert_near(&actual.1, &expected.1, GRADIENT, &format!("seed {seed}: gradient"));
    }
}

#[test]
#[cfg(feature = "wgpu")]
fn replaced_gates_on_wgpu() {
    if Device::enumerate(DeviceType::Wgpu).into_vec().is_empty() {
        let required = std::env::var_os("UNROLL_REQUIRE_WGPU").is_some();
        assert!(!required, "UNROLL_REQUIRE_WGPU is set and there is no wgpu adapter");
        eprintln!("skipped: no wgpu adapter");
        return;
    }
    let word = |key, word: &str| (key, json!(word));
    check_on_wgpu(("lstm", &[word("forget_gate", "coupled-to-input"), ("peepholes", json!(true))]));
    check_on_wgpu((
        "lstm",
        &[word("forget_gate", "always-one"), word("output_gate", "always-one")],
    ));
    check_on_wgpu(("gru", &[word("reset_gate", "always-one")]));
    check_on_wgpu(("gru", &[word("reset_gate", "before-product")]));
}
