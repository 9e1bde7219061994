//! Noise on weights: how large it is, when it is other noise, and that it does not stay.

mod configured;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::SgdConfig;
use burn::tensor::{Device, Tensor};
use burn_train::{Learner, TrainStep};
use serde_json::json;
use training::{Item, Step, StepRules, Trainable, build_model};

use crate::configured::{configured, task};

const DEVIATION: f64 = 0.002;

/// Every weight becomes 0.
struct Zero;

impl ModuleMapper for Zero {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.map(|weight| weight.zeros_like().detach().require_grad())
    }
}

/// The numbers of each weight.
#[derive(Default)]
struct Numbers(Vec<Vec<f32>>);

impl ModuleVisitor for Numbers {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.0.push(param.val().into_data().try_to_vec().unwrap());
    }
}

fn numbers(model: &Trainable) -> Vec<Vec<f32>> {
    let mut numbers = Numbers::default();
    model.visit(&mut numbers);
    numbers.0
}

/// A model whose weights are all 0, and what gives it a batch with the noise of a number.
fn zeroed(noise: f64) -> (Trainable, impl Fn(u64) -> Item) {
    let sizes = json!({ "length": 7, "validation_size": 5, "test_size": 6 });
    let config = configured(("lstm", &json!({})), ("adding", &sizes), &json!({}));
    let task = task(&config);
    let device = Device::flex().autodiff();
    let mut half = || 0.5;
    let mut init = architectures::Initializer::new(&mut half, &device);
    let model = build_model(&config.model, &task.shape(), &mut init).unwrap();
    let rules = StepRules { weight_noise: noise, ..StepRules::default() };
    let batch = task.training_batch(1, 0, 3);
    let item = move |number| Item::new(batch.clone(), None, &device).with_noise(9, number);
    (Trainable::new(model, rules).map(&mut Zero), item)
}

#[test]
fn it_has_its_deviation_and_is_fresh_for_each_batch_and_weight() {
    let (model, item) = zeroed(DEVIATION);
    let outputs = |number| TrainStep::step(&model, item(number)).item.outputs;
    // With weights near 0 the prediction is the noise of the head's bias, up to its square.
    let seen: Vec<f64> = (0..400).map(|number| f64::from(outputs(number)[0])).collect();
    let mean = seen.iter().sum::<f64>() / 400.0;
    let variance = seen.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / 399.0;
    // Four standard errors of each.
    assert!(mean.abs() < 4.0 * DEVIATION / 20.0, "{mean}");
    assert!((variance.sqrt() / DEVIATION - 1.0).abs() < 4.0 / 28.0, "{variance}");
    assert_eq!(outputs(5), outputs(5));
    assert_ne!(outputs(5), outputs(6));
    let (plain, item) = zeroed(0.0);
    assert_eq!(TrainStep::step(&plain, item(5)).item.outputs, [0.0; 3]);
}

#[test]
fn a_step_is_taken_from_the_weights_without_it() {
    let (model, item) = zeroed(DEVIATION);
    let after = |rate: f64| {
        let mut learner = Learner::new(model.clone(), SgdConfig::new().build().into(), rate);
        let mut step = Step::default();
        step.add(&learner, item(2));
        step.take(&mut learner);
        numbers(&learner.model())
    };
    let zeros = numbers(&model);
    assert_eq!(after(0.0), zeros);
    // Every weight has a gradient: with all of them at 0 only the head's bias would.
    let moved = after(1.0);
    for (index, (weight, zero)) in moved.iter().zip(&zeros).enumerate() {
        assert_ne!(weight, zero, "weight {index}");
    }
    // The gradient of the head's bias is that of the error, about 2 × 1 of sums near 1; the noise
    // itself would be a thousandth.
    assert!(moved.iter().any(|weight| weight.len() == 1 && weight[0] > 0.5), "{moved:?}");
}
