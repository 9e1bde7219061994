//! Against PyTorch; `goldens/make_goldens.py` says what the file holds.

use burn::tensor::{DType, Device};
use serde_json::Value;

use crate::case::{Case, KERNEL, Outcome, REFERENCE, Tensors, Way};
use crate::{Kind, flex, ndarray, wgpu};

const TOLERANCES: [f64; 2] = [1e-5, 1e-4];

fn tensors(value: &Value) -> Tensors {
    let numbers = |list: &Value| {
        list.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    };
    let tensors = value.as_object().unwrap().iter();
    tensors.map(|(name, list)| (name.clone(), numbers(list))).collect()
}

fn size(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// All cases with what PyTorch found.
fn goldens() -> Vec<(String, Case, Outcome)> {
    let file: Value = serde_json::from_str(include_str!("../goldens/goldens.json")).unwrap();
    let head = &file["head"];
    let sizes = ["batch", "steps", "input", "hidden"].map(|name| size(&head["sizes"][name]));
    let lengths: Vec<usize> = head["lengths"].as_array().unwrap().iter().map(size).collect();
    let cases = file.as_object().unwrap().iter().filter(|(name, _)| *name != "head");
    let golden = |(name, golden): (&String, &Value)| {
        let (kind, direction) = name.split_once(' ').unwrap();
        let case = Case {
            kind: match kind {
                "vanilla_tanh" => Kind::VanillaTanh,
                "vanilla_relu" => Kind::VanillaRelu,
                "lstm" => Kind::Lstm,
                "gru" => Kind::Gru,
                "gru_reset_before" => Kind::GruResetBefore,
                _ => panic!("no kind {kind}"),
            },
            sizes,
            lengths: lengths.clone(),
            reverse: match direction {
                "forward" => false,
                "backward" => true,
                _ => panic!("no direction {direction}"),
            },
            inputs: tensors(&golden["inputs"]),
            loss: tensors(&golden["loss"]),
        };
        let outputs = tensors(&golden["outputs"]);
        (name.clone(), case, Outcome { outputs, gradients: tensors(&golden["gradients"]) })
    };
    let goldens: Vec<_> = cases.map(golden).collect();
    assert_eq!(goldens.len(), 10, "five kinds in two directions");
    goldens
}

fn check(way: Way, device: &Device, dtype: DType, tolerances: [f64; 2]) {
    for (name, case, expected) in goldens() {
        eprintln!("{name}"); // shown where it fails
        case.run(way, device, dtype, true).assert_near(&expected, tolerances);
    }
}

#[test]
fn on_flex() {
    check(KERNEL, &flex(), DType::F32, TOLERANCES);
}

#[test]
fn on_ndarray() {
    if let Some(device) = ndarray() {
        check(KERNEL, &device, DType::F32, TOLERANCES);
    }
}

#[test]
fn on_wgpu() {
    if let Some(device) = wgpu() {
        check(KERNEL, &device, DType::F32, TOLERANCES);
    }
}

#[test]
fn by_the_definition() {
    check(REFERENCE, &flex(), DType::F32, TOLERANCES);
    if let Some(device) = ndarray() {
        check(REFERENCE, &device, DType::F32, TOLERANCES);
    }
}

/// To the last of the nine digits of the file: other types than f32 take the definition.
#[test]
fn in_double_precision() {
    check(KERNEL, &flex(), DType::F64, [1e-8; 2]);
}
