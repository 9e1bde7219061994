//! Losses, clipping and optimizer against PyTorch over several steps; the files and the
//! script that makes them are in `tests/goldens/`.

use burn::module::{Module, Param};
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde_json::{Value, json};
use store::Goal;
use training::{
    Schedule, TRAIN_KEYS, TrainOptions, clip_global_norm, clip_values, loss, optimizer,
};

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
    let defaults = TrainOptions::read(&schema::defaults(TRAIN_KEYS)).unwrap();
    let mut adam = optimizer(&defaults, &module);
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
    let loss = loss::cross_entropy(scores.clone(), classes(golden, &device), 0.0);
    check_loss(&loss, &scores, golden);
}

fn classes(golden: &Value, device: &Device) -> Tensor<1, Int> {
    let classes = golden["classes"].as_array().unwrap().iter();
    let classes: Vec<i32> = classes.map(|class| class.as_i64().unwrap() as i32).collect();
    let shape = [classes.len()];
    Tensor::from_data(TensorData::new(classes, shape), device)
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

#[test]
fn smoothed_cross_entropy_agrees_with_pytorch() {
    let golden = &golden("losses")["label_smoothing"];
    let device = Device::flex().autodiff();
    let scores = tensor::<2>(&golden["logits"], &device).require_grad();
    let loss = loss::cross_entropy(scores.clone(), classes(golden, &device), 0.2);
    check_loss(&loss, &scores, golden);
}

/// The options of a case of `optimizers.json`.
fn options_of(case: &str) -> TrainOptions {
    let mut options = schema::defaults(TRAIN_KEYS);
    let mut set = |key: &str, value: Value| options.insert(key.to_owned(), value);
    set("optimizer", case.split(' ').next().unwrap().into());
    for word in case.split(' ').skip(1) {
        match word {
            "momentum" => set("momentum", 0.8.into()),
            "decay" => set("weight_decay", 0.1.into()),
            "nesterov" => {
                set("momentum", 0.8.into());
                set("nesterov", true.into())
            }
            "weights" => set("decay_biases", false.into()),
            "clip" | "value" => set("clip_value", 0.5.into()),
            _ => panic!("{case}"),
        };
    }
    if case == "sgd decay" {
        set("momentum", 0.8.into());
    }
    if case.starts_with("adamw") {
        set("weight_decay", 0.1.into());
    }
    TrainOptions::read(&options).unwrap()
}

#[test]
fn every_optimizer_agrees_with_pytorch() {
    let golden = golden("optimizers");
    let device = Device::flex().autodiff();
    let learning_rate = golden["learning_rate"].as_f64().unwrap();
    for (case, steps) in golden["steps"].as_object().unwrap() {
        let mut module = TwoTensors {
            weight: Param::from_tensor(tensor(&golden["start"]["weight"], &device)),
            bias: Param::from_tensor(tensor(&golden["start"]["bias"], &device)),
        };
        let options = options_of(case);
        let mut optimizer = optimizer(&options, &module);
        let gradients = golden["gradients"].as_array().unwrap();
        assert_eq!(gradients.len(), steps.as_array().unwrap().len());
        for (index, (given, expected)) in
            gradients.iter().zip(steps.as_array().unwrap()).enumerate()
        {
            let inner = device.clone().inner();
            let mut gradients = GradientsParams::new();
            gradients.register(module.weight.id, tensor::<2>(&given["weight"], &inner));
            gradients.register(module.bias.id, tensor::<1>(&given["bias"], &inner));
            if options.clip_value > 0.0 {
                clip_values(&module, &mut gradients, options.clip_value);
            }
            module = optimizer.step(learning_rate, module, gradients);
            let what = format!("{case}, step {index}");
            assert_near(&module.weight.val(), &expected["weight"], 2e-6, &what);
            assert_near(&module.bias.val(), &expected["bias"], 2e-6, &what);
        }
    }
}

#[test]
fn every_schedule_agrees_with_pytorch() {
    let golden = golden("schedules");
    let base = golden["base"].as_f64().unwrap();
    let schedule = |case: &str| match case {
        "cosine" => json!({ "kind": "cosine", "end": 0.25 }),
        "step" => json!({ "kind": "step", "every": 5, "factor": 0.3 }),
        "exponential" => json!({ "kind": "exponential", "every": 1, "factor": 0.9 }),
        "linear" => json!({ "kind": "linear", "end": 0.25 }),
        "warm-up cosine" => json!({ "kind": "cosine", "warm_up": 4, "end": 0.25 }),
        "plateau" => json!({ "kind": "plateau", "factor": 0.5, "patience": 1 }),
        _ => panic!("{case}"),
    };
    for (case, rates) in golden["rates"].as_object().unwrap() {
        let schedule: Schedule = serde_json::from_value(schedule(case)).unwrap();
        let mut plateau = None;
        for (step, rate) in rates.as_array().unwrap().iter().enumerate() {
            if case == "plateau" {
                let score = golden["scores"][step].as_f64();
                plateau = schedule.after(plateau, score, Goal::Minimize);
            }
            let got = base * schedule.at(step as u64, 12, 7, plateau.as_ref());
            let expected = rate.as_f64().unwrap();
            assert!((got - expected).abs() < 1e-9, "{case}, step {step}: {got}, not {expected}");
        }
    }
}
