//! Losses, clipping and optimizer against PyTorch over several steps; the files and the
//! script that makes them are in `tests/goldens/`.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::Value;
use training::{OptimizerKind, clip_global_norm, loss, optimizer};

fn golden(name: &str) -> Value {
    let path = format!("{}/tests/goldens/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f32> {
    value["data"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect()
}

fn tensor<const D: usize>(value: &Value, device: &Device) -> Tensor<D> {
    let shape = value["shape"].as_array().unwrap().iter();
    let shape: Vec<usize> = shape.map(|size| size.as_u64().unwrap() as usize).collect();
    let shape: [usize; D] = shape.try_into().unwrap();
    Tensor::from_data(TensorData::new(numbers(value), shape), device)
}

fn assert_near<const D: usize>(actual: &Tensor<D>, expected: &Value, tolerance: f32, what: &str) {
    let actual = actual.clone().into_data().try_to_vec::<f32>().unwrap();
    let expected = numbers(expected);
    assert_eq!(actual.len(), expected.len(), "{what}");
    for (actual, expected) in actual.iter().zip(expected) {
        let near = (actual - expected).abs() <= tolerance * expected.abs().max(1.0);
        assert!(near, "{what}: {actual} instead of {expected}");
    }
}

#[derive(Module, Debug)]
struct TwoTensors {
    weight: Param<Tensor<2>>,
    bias: Param<Tensor<1>>,
}

fn check_adam(case: &str) {
    let golden = golden(case);
    let device = Device::flex().autodiff();
    let mut module = TwoTensors {
        weight: Param::from_tensor(tensor(&golden["start"]["weight"], &device)),
        bias: Param::from_tensor(tensor(&golden["start"]["bias"], &device)),
    };
    let mut adam = optimizer(OptimizerKind::Adam);
    let learning_rate = golden["learning_rate"].as_f64().unwrap();
    for (index, step) in golden["steps"].as_array().unwrap().iter().enumerate() {
        let inner = device.clone().inner();
        let mut gradients = GradientsParams::new();
        let given = &step["gradients"];
        gradients.register(module.weight.id, tensor::<2>(&given["weight"], &inner));
        gradients.register(module.bias.id, tensor::<1>(&given["bias"], &inner));
        if let Some(max_norm) = golden["max_norm"].as_f64() {
            let norm = clip_global_norm(&module, &mut gradients, max_norm);
            let expected = step["total_norm"].as_f64().unwrap();
            assert!((norm - expected).abs() <= 1e-5 * expected, "{norm} {expected}");
        }
        module = adam.step(learning_rate, module, gradients);
        let what = format!("{case}, step {index}");
        assert_near(&module.weight.val(), &step["parameters"]["weight"], 2e-6, &what);
        assert_near(&module.bias.val(), &step["parameters"]["bias"], 2e-6, &what);
    }
}

#[test]
fn adam_agrees_with_pytorch() {
    check_adam("adam");
}

#[test]
fn adam_after_global_norm_clipping_agrees_with_pytorch() {
    check_adam("adam_clip");
}

#[test]
fn cross_entropy_agrees_with_pytorch() {
    let golden = &golden("losses")["cross_entropy"];
    let device = Device::flex().autodiff();
    let scores = tensor::<2>(&golden["logits"], &device).require_grad();
    let classes = golden["classes"].as_array().unwrap().iter();
    let classes: Vec<i32> = classes.map(|class| class.as_i64().unwrap() as i32).collect();
    let shape = [classes.len()];
    let classes = Tensor::<1, Int>::from_data(TensorData::new(classes, shape), &device);
    check_loss(&loss::cross_entropy(scores.clone(), classes), &scores, golden);
}

#[test]
fn squared_error_agrees_with_pytorch() {
    let golden = &golden("losses")["mse"];
    let device = Device::flex().autodiff();
    let output = tensor::<2>(&golden["logits"], &device).require_grad();
    let values = tensor::<2>(&golden["targets"], &device);
    check_loss(&loss::squared_error(output.clone(), values), &output, golden);
}

#[test]
fn binary_cross_entropy_agrees_with_pytorch() {
    let golden = &golden("losses")["binary_cross_entropy"];
    let device = Device::flex().autodiff();
    let logits = tensor::<2>(&golden["logits"], &device).require_grad();
    let labels = tensor::<2>(&golden["targets"], &device);
    check_loss(&loss::binary_cross_entropy(logits.clone(), labels), &logits, golden);
}

fn check_loss(loss: &Tensor<1>, input: &Tensor<2>, golden: &Value) {
    let value = f64::from(loss.clone().into_scalar::<f32>());
    let expected = golden["value"].as_f64().unwrap();
    assert!((value - expected).abs() <= 1e-6 * expected.max(1.0), "{value} {expected}");
    let gradient = input.grad(&loss.backward()).unwrap();
    assert_near(&gradient, &golden["gradient"], 1e-6, "gradient");
}
