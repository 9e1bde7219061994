//! Kernels against the definition on flex, and that on wgpu: random sizes, 1 and what is no
//! multiple of a vector included.

use burn::tensor::DType;
use proptest::prelude::*;

use crate::case::{Case, KERNEL, REFERENCE};
use crate::{KINDS, Kind, flex, ndarray, wgpu};

const TOLERANCES: [f64; 2] = [1e-5, 5e-5];

fn cases() -> impl Strategy<Value = Case> {
    let kind = prop::sample::select(KINDS.to_vec());
    let sizes = (1..20_usize, 1..9_usize, 1..18_usize, 1..40_usize);
    let sizes = sizes.prop_map(|(batch, steps, input, hidden)| [batch, steps, input, hidden]);
    (kind, sizes, any::<bool>(), any::<bool>(), any::<u64>()).prop_map(
        |(kind, sizes, ragged, reverse, seed)| Case::new(kind, sizes, ragged, reverse, seed),
    )
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn kernels_compute_the_definition(case in cases()) {
        let expected = case.run(REFERENCE, &flex(), DType::F32, true);
        let on_flex = case.run(KERNEL, &flex(), DType::F32, true);
        on_flex.assert_near(&expected, TOLERANCES);
        if let Some(device) = ndarray() {
            let on_ndarray = case.run(KERNEL, &device, DType::F32, true);
            prop_assert_eq!(on_flex.bits(), on_ndarray.bits());
        }
    }

    /// Nothing else changes when gates and gradients inside are asked for.
    #[test]
    fn a_probe_changes_no_bit(case in cases()) {
        let mut probed = case.run(KERNEL, &flex(), DType::F32, true);
        probed.outputs.remove("gates").expect("the gates");
        probed.gradients.remove("hidden").expect("the hidden states' gradient");
        let plain = case.run(KERNEL, &flex(), DType::F32, false);
        prop_assert_eq!(probed.bits(), plain.bits());
    }
}

#[test]
fn the_definition_on_wgpu_is_that_on_flex() {
    let Some(device) = wgpu() else { return };
    for (seed, kind) in (0..).zip(KINDS) {
        let sizes = [5, 6, 3, 17];
        let case = Case::new(kind, sizes, seed != 1, seed % 2 == 0, seed);
        let expected = case.run(REFERENCE, &flex(), DType::F32, true);
        case.run(REFERENCE, &device, DType::F32, true).assert_near(&expected, TOLERANCES);
    }
}

/// Each output has a node of its own in the autodiff graph.
#[test]
fn a_loss_may_depend_on_one_output_alone() {
    for (seed, kind) in (0..).zip(KINDS) {
        for output in ["hidden", "last_hidden", "last_cell"] {
            let mut case = Case::new(kind, [5, 7, 3, 17], true, seed % 2 == 1, seed);
            case.loss.retain(|name, _| name == output);
            if case.loss.is_empty() {
                assert!(output == "last_cell" && kind.cell().shape().memory == 0);
                continue;
            }
            let expected = case.run(REFERENCE, &flex(), DType::F32, true);
            case.run(KERNEL, &flex(), DType::F32, true).assert_near(&expected, TOLERANCES);
        }
    }
}

/// Several blocks of rows and vectors, which the small sizes above do not have.
#[test]
fn large_sizes_agree_too() {
    for (seed, kind) in (0..).zip(KINDS) {
        let case = Case::new(kind, [83, 5, 30, 131], true, seed % 2 == 1, seed);
        let expected = case.run(REFERENCE, &flex(), DType::F32, true);
        case.run(KERNEL, &flex(), DType::F32, true).assert_near(&expected, TOLERANCES);
    }
}

/// The definition starts from zero where no state is given, as the kernels do.
#[test]
fn no_initial_state_is_the_zero_state() {
    use burn::tensor::{Tensor, TensorData};
    use kernels::{Padded, Run, Weights};

    let device = flex();
    let [batch, steps, input, hidden] = [3, 4, 2, 5];
    let mut case = Case::new(Kind::Lstm, [batch, steps, input, hidden], true, true, 11);
    for state in ["h0", "c0"] {
        case.inputs.insert(state.into(), vec![0.0; batch * hidden]);
    }
    let tensor = |name: &str| TensorData::new(case.inputs[name].clone(), [case.inputs[name].len()]);
    let tensor = |name: &str| Tensor::<1>::from_data(tensor(name), (&device, DType::F32));
    let x = tensor("x").reshape([batch, steps, input]);
    let x = Padded::new(x, case.lengths.clone()).unwrap();
    let weights = Weights {
        input_weight: tensor("W").reshape([input, 4 * hidden]),
        recurrent_weight: Some(tensor("R").reshape([hidden, 4 * hidden])),
        bias: tensor("b"),
        candidate_bias: None,
        parameters: None,
    };
    for way in [KERNEL, REFERENCE] {
        let run = Run { reverse: true, ..Run::default() };
        let output = way(&Kind::Lstm.cell(), &x, &weights, run);
        let cell = output.last.memory[0].clone().into_data();
        let expected = &case.run(way, &device, DType::F32, false).outputs["last_cell"];
        assert_eq!(&cell.convert::<f64>().try_to_vec::<f64>().unwrap(), expected);
    }
}
