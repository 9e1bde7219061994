//! Numbers at the end of what floats can hold: kernels do as the definition does.

use burn::tensor::DType;

use crate::case::{Case, KERNEL, Outcome, REFERENCE};
use crate::{KINDS, Kind, flex, ndarray};

const TOLERANCES: [f64; 2] = [1e-5, 5e-5];

/// Both ways on a changed case, which must agree; what the kernel gave.
fn check(change: impl Fn(&mut Case)) -> Vec<Outcome> {
    check_those(|_| true, change)
}

/// The same, but only cells that are `compared` must agree.
fn check_those(compared: impl Fn(Kind) -> bool, change: impl Fn(&mut Case)) -> Vec<Outcome> {
    let run = |(seed, kind): (u64, Kind)| {
        let mut case = Case::new(kind, [4, 5, 3, 19], seed % 2 == 0, seed % 3 == 0, seed);
        change(&mut case);
        let expected = case.run(REFERENCE, &flex(), DType::F32, true);
        let found = case.run(KERNEL, &flex(), DType::F32, true);
        eprintln!("{kind:?}"); // shown where it fails
        if compared(kind) {
            found.assert_near(&expected, TOLERANCES);
            if let Some(device) = ndarray() {
                case.run(KERNEL, &device, DType::F32, true).assert_near(&expected, TOLERANCES);
            }
        }
        found
    };
    (0..).zip(KINDS).map(run).collect()
}

fn scale(case: &mut Case, names: &[&str], factor: f64) {
    for name in names {
        for value in case.inputs.get_mut(*name).into_iter().flatten() {
            *value = f64::from((*value * factor) as f32);
        }
    }
}

#[test]
fn saturated_gates() {
    let outcomes = check(|case| {
        // Those whose sums are far from 0 here: near it, rounding is all that is left.
        if [Kind::VanillaTanh, Kind::Lstm, Kind::Gru, Kind::GruResetBefore].contains(&case.kind) {
            scale(case, &["W", "R", "b", "c"], 1e5);
        }
    });
    let lstm = &outcomes[2];
    assert!(lstm.outputs["gates"].iter().all(|gate| [0.0, 1.0, -1.0].contains(gate)));
    assert!(lstm.gradients["x"].iter().all(|&gradient| gradient == 0.0));
}

#[test]
fn zeros() {
    check(|case| scale(case, &["x", "W", "R", "b", "c", "h0", "c0"], 0.0));
    check(|case| scale(case, &["W", "R"], 0.0));
}

#[test]
fn denormals() {
    check(|case| scale(case, &["x", "W", "b", "c", "h0", "c0"], 1e-40));
    check(|case| scale(case, &["W", "R"], 1e-40));
}

/// A scan joins steps by products, in which what is not finite spreads further than from step to step.
fn runs_by_steps(kind: Kind) -> bool {
    !kind.cell().shape().linear
}

/// Put where it is read: the first step of the first sequence.
#[test]
fn infinities() {
    for infinity in [f64::INFINITY, f64::NEG_INFINITY] {
        check_those(runs_by_steps, |case| case.inputs.get_mut("x").unwrap()[0] = infinity);
        check_those(runs_by_steps, |case| case.inputs.get_mut("b").unwrap()[1] = infinity);
        check_those(runs_by_steps, |case| case.inputs.get_mut("h0").unwrap()[2] = infinity);
    }
}

#[test]
fn nan() {
    for name in ["x", "h0", "b"] {
        let outcomes =
            check_those(runs_by_steps, |case| case.inputs.get_mut(name).unwrap()[1] = f64::NAN);
        for outcome in outcomes {
            assert!(outcome.outputs["last_hidden"][..19].iter().any(|h| h.is_nan()), "{name}");
        }
    }
}

/// In a tensor of one sequence they stay in that sequence.
#[test]
fn nan_of_one_sequence_reaches_no_other() {
    for outcome in check(|case| case.inputs.get_mut("x").unwrap()[1] = f64::NAN) {
        assert!(outcome.outputs["last_hidden"][19..].iter().all(|h| h.is_finite()));
        assert!(outcome.gradients["x"][5 * 3..].iter().all(|gradient| gradient.is_finite()));
    }
}

#[test]
fn nan_in_the_padding_is_not_read() {
    for outcome in check(|case| {
        case.lengths = vec![3, 5, 1, 4];
        let x = case.inputs.get_mut("x").unwrap();
        for (b, &length) in case.lengths.iter().enumerate() {
            x[(b * 5 + length) * 3..(b + 1) * 5 * 3].fill(f64::NAN);
        }
    }) {
        let all = outcome.outputs.values().chain(outcome.gradients.values());
        assert!(all.flatten().all(|number| number.is_finite()));
    }
}
