//! The operation on whole sequences against the time loop: every cell with every option,
//! random shapes, ragged lengths, both directions, with and without initial state.

use architectures::gru::GruCell;
use architectures::lstm::{LstmCell, LstmState};
#[cfg(feature = "wgpu")]
use architectures::sequence::unroll;
use architectures::sequence::{Direction, Unrolled, unroll_probed, unroll_stepwise};
use architectures::state::HiddenState;
use architectures::vanilla::VanillaCell;
use architectures::{Cell, CellState, Initializer, Padded};
use burn::module::Param;
use burn::tensor::{Device, Gradients, Tensor, TensorData};
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceKind, DeviceType};
use kernels::Probe;
use serde_json::json;

/// Differences, as a part of the largest element (at least 1).
const OUTPUT: f32 = 1e-5;
const GRADIENT: f32 = 5e-5;
const SEEDS: u64 = 30;

/// A cell, and what the tests need to know of it.
trait Tested: Cell {
    /// Its state from numbers drawn for it.
    fn state(draw: &mut dyn FnMut() -> Tensor<2>) -> Self::State;
    /// All tensors of a state.
    fn parts(state: &Self::State) -> Vec<Tensor<2>>;
    /// Its weights, matrices and vectors.
    fn weights(&self) -> (Vec<Tensor<2>>, Vec<Tensor<1>>);
}

impl Tested for VanillaCell {
    fn state(draw: &mut dyn FnMut() -> Tensor<2>) -> HiddenState {
        HiddenState(draw())
    }

    fn parts(state: &HiddenState) -> Vec<Tensor<2>> {
        vec![state.hidden()]
    }

    fn weights(&self) -> (Vec<Tensor<2>>, Vec<Tensor<1>>) {
        (vec![self.input_weight.val(), self.recurrent_weight.val()], vec![self.bias.val()])
    }
}

impl Tested for LstmCell {
    fn state(draw: &mut dyn FnMut() -> Tensor<2>) -> LstmState {
        LstmState { hidden: draw(), cell: draw() }
    }

    fn parts(state: &LstmState) -> Vec<Tensor<2>> {
        vec![state.hidden.clone(), state.cell.clone()]
    }

    fn weights(&self) -> (Vec<Tensor<2>>, Vec<Tensor<1>>) {
        (vec![self.input_weight.val(), self.recurrent_weight.val()], vec![self.bias.val()])
    }
}

impl Tested for GruCell {
    fn state(draw: &mut dyn FnMut() -> Tensor<2>) -> HiddenState {
        HiddenState(draw())
    }

    fn parts(state: &HiddenState) -> Vec<Tensor<2>> {
        vec![state.hidden()]
    }

    fn weights(&self) -> (Vec<Tensor<2>>, Vec<Tensor<1>>) {
        let biases = [Some(&self.bias), self.candidate_bias.as_ref()];
        (
            vec![self.input_weight.val(), self.recurrent_weight.val()],
            biases.into_iter().flatten().map(Param::val).collect(),
        )
    }
}

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
struct Problem<C: Tested> {
    cell: C,
    x: Padded,
    direction: Direction,
    initial: Option<C::State>,
    of_steps: Tensor<3>,
    of_last: Vec<Tensor<2>>,
}

impl<C: Tested> Problem<C> {
    fn new(seed: u64, options: &[(&str, &str)], device: &Device) -> Self {
        let draw = &mut Draw(seed);
        let (batch, steps, input, hidden) =
            (draw.size(9), draw.size(7), draw.size(6), draw.size(37));
        let full = seed.is_multiple_of(3);
        let lengths = (0..batch).map(|_| if full { steps } else { draw.size(steps) }).collect();
        let mut checked = schema::defaults(C::KEYS);
        checked.extend(options.iter().map(|&(key, word)| (key.to_owned(), json!(word))));
        let mut uniform = || draw.uniform();
        let mut init = Initializer::new(&mut uniform, device);
        let cell = C::build(input, hidden, &checked, &mut init).unwrap();
        // Padding is filled with what would show if it were read.
        let x = Padded::new(draw.tensor([batch, steps, input], device), lengths).unwrap();
        let values: Tensor<3> = x.values().clone() + (1.0 - x.mask()) * 7.0;
        let tracked = device.is_autodiff();
        let x = x.with_values(values.set_require_grad(tracked && seed % 4 != 1));
        let mut state = || draw.tensor([batch, hidden], device).set_require_grad(tracked);
        let initial = seed.is_multiple_of(2).then(|| C::state(&mut state));
        let of_last = C::parts(&C::state(&mut || draw.tensor([batch, hidden], device)));
        let direction = if seed % 5 < 2 { Direction::Backward } else { Direction::Forward };
        let of_steps = draw.tensor([batch, steps, hidden], device);
        Self { cell, x, direction, initial, of_steps, of_last }
    }

    fn whole(&self) -> Unrolled<C::State> {
        let initial = self.initial.as_ref();
        let whole = self.cell.whole_sequence(&self.x, self.direction, initial, None);
        whole.expect("a cell of the kernels")
    }

    fn probe(&self) -> Probe {
        Probe::new(&self.x, self.cell.hidden())
    }

    /// Hidden states and final state.
    fn outputs(&self, unrolled: Unrolled<C::State>) -> Vec<TensorData> {
        let last = C::parts(&unrolled.last);
        let mut outputs = vec![unrolled.steps(&self.x).values().clone().into_data()];
        outputs.extend(last.into_iter().map(Tensor::into_data));
        outputs
    }

    /// The outputs, and the gradients of a loss of all of them: of x if it is tracked, of
    /// the weights, of the initial state and, with a probe, of every hidden state.
    fn result(
        &self,
        unrolled: Unrolled<C::State>,
        probe: Option<&Probe>,
    ) -> (Vec<TensorData>, Vec<TensorData>) {
        let steps = unrolled.clone().steps(&self.x).values().clone();
        let mut loss = (steps * self.of_steps.clone()).sum();
        for (last, weight) in C::parts(&unrolled.last).into_iter().zip(&self.of_last) {
            loss = loss + (last * weight.clone()).sum();
        }
        let gradients = loss.backward();
        let of_x = self.x.values().grad(&gradients).map(Tensor::into_data);
        assert_eq!(of_x.is_some(), self.x.values().is_require_grad());
        let (matrices, vectors) = self.cell.weights();
        let initial = self.initial.as_ref().map_or(vec![], C::parts);
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
fn check<C: Tested>(options: &[(&str, &str)]) {
    for device in cpu_devices() {
        for seed in 0..SEEDS {
            let problem = Problem::<C>::new(seed, options, &device.clone().autodiff());
            let Problem { cell, x, direction, initial, .. } = &problem;
            let probe = problem.probe();
            let whole = unroll_probed(cell, x, *direction, initial.clone(), &probe);
            let (outputs, mut gradients) = problem.result(whole, Some(&probe));
            let probe = problem.probe();
            let stepwise = unroll_stepwise(cell, x, *direction, initial.clone(), Some(&probe));
            let (expected, expected_gradients) = problem.result(stepwise, Some(&probe));
            assert_near(&outputs, &expected, OUTPUT, &format!("seed {seed}: output"));
            let what = format!("seed {seed}: gradient");
            assert_near(&gradients, &expected_gradients, GRADIENT, &what);

            gradients.pop();
            let unseen = problem.result(problem.whole(), None);
            assert_eq!((&outputs, &gradients), (&unseen.0, &unseen.1), "seed {seed}, no probe");

            let untracked = Problem::<C>::new(seed, options, &device);
            let untracked = untracked.outputs(untracked.whole());
            assert_eq!(outputs, untracked, "seed {seed}, no gradient asked for");
        }
    }
}

#[test]
fn vanilla_tanh() {
    check::<VanillaCell>(&[("activation", "tanh")]);
}

#[test]
fn vanilla_relu() {
    check::<VanillaCell>(&[("activation", "relu")]);
}

#[test]
fn lstm() {
    check::<LstmCell>(&[]);
}

#[test]
fn lstm_without_input_gate() {
    check::<LstmCell>(&[("input_gate", "always-one")]);
}

#[test]
fn lstm_without_forget_gate() {
    check::<LstmCell>(&[("forget_gate", "always-one")]);
}

#[test]
fn lstm_without_output_gate() {
    check::<LstmCell>(&[("output_gate", "always-one")]);
}

#[test]
fn lstm_with_coupled_gates() {
    check::<LstmCell>(&[("forget_gate", "coupled-to-input")]);
}

#[test]
fn lstm_coupled_to_no_input_gate() {
    check::<LstmCell>(&[("forget_gate", "coupled-to-input"), ("input_gate", "always-one")]);
}

#[test]
fn gru() {
    check::<GruCell>(&[("reset_gate", "after-product")]);
}

#[test]
fn gru_with_the_reset_before() {
    check::<GruCell>(&[("reset_gate", "before-product")]);
}

#[test]
fn gru_without_reset_gate() {
    check::<GruCell>(&[("reset_gate", "always-one")]);
}

/// What a replaced gate is, seen through a probe.
#[test]
fn gates_of_an_lstm_whose_forget_gate_is_coupled() {
    let options = [("forget_gate", "coupled-to-input"), ("output_gate", "always-one")];
    let problem = Problem::<LstmCell>::new(8, &options, &Device::flex());
    let Problem { cell, x, direction, initial, .. } = &problem;
    let unrolled = unroll_probed(cell, x, *direction, initial.clone(), &problem.probe());
    let gate = |index| {
        let gates = unrolled.gates().expect("gates").clone();
        gates.narrow(2, index * cell.hidden(), cell.hidden())
    };
    let [i, f, o] = [0, 1, 3].map(gate);
    let valid: Tensor<3> = x.mask().expand(i.shape());
    let near_one = |sum: Tensor<3>| assert_near(&[sum.into_data()], &[valid.to_data()], 1e-6, "1");
    near_one(i + f);
    assert_eq!(o.into_data(), valid.to_data());
    let stepwise = unroll_stepwise(cell, x, *direction, initial.clone(), Some(&problem.probe()));
    assert!(stepwise.gates().is_none());
}

#[cfg(feature = "wgpu")]
fn check_on_wgpu<C: Tested>(options: &[(&str, &str)]) {
    let wgpu = Device::wgpu(DeviceKind::DefaultDevice).autodiff();
    let flex = Device::flex().autodiff();
    for seed in [3, 4] {
        let [actual, expected] = [&wgpu, &flex].map(|device| {
            let problem = Problem::<C>::new(seed, options, device);
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
    check_on_wgpu::<LstmCell>(&[("forget_gate", "coupled-to-input"), ("input_gate", "always-one")]);
    check_on_wgpu::<LstmCell>(&[("forget_gate", "always-one"), ("output_gate", "always-one")]);
    check_on_wgpu::<GruCell>(&[("reset_gate", "always-one")]);
}
