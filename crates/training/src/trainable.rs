//! The model with its loss: burn-train's training and inference step.

use architectures::{Carried, Model, dropout};
use burn::module::{Module, ModuleDisplay};
use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Tensor};
use burn_train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};
use tasks::{Scored, randomness};

use crate::Item;
use crate::batch::{Answers, TargetTensor};
use crate::loss::{binary_cross_entropy, cross_entropy, squared_error};

/// A model and how its training steps are taken.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Trainable {
    /// The model.
    pub model: Model,
    #[module(skip)]
    pub(crate) rules: StepRules,
}

/// What is done to the weights, the loss and the gradients of a step; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepRules {
    /// Largest norm of all gradients together; 0 for none.
    pub clip_norm: f64,
    /// Largest number of a gradient; 0 for none.
    pub clip_value: f64,
    /// Part of the target that is spread over all classes.
    pub label_smoothing: f64,
    /// Standard deviation of what is added to each weight for a batch; 0 for none.
    pub weight_noise: f64,
}

impl ModuleDisplay for Trainable {}

/// What a step says of its batch, on the host.
#[derive(Debug, Clone)]
pub struct StepReport {
    /// Mean loss over the rows.
    pub loss: f64,
    /// What the model said, `[rows, outputs]`, row-major.
    pub outputs: Vec<f32>,
    /// What it should have said.
    pub answers: Answers,
    /// In a task of streams, what the next batch goes on from.
    pub carried: Option<Carried>,
}

impl StepReport {
    /// Predictions and targets, for metrics.
    pub fn scored(&self) -> Scored<'_> {
        let Answers { targets, sequences } = &self.answers;
        Scored { outputs: &self.outputs, targets, sequences }
    }
}

impl ItemLazy for StepReport {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

impl Trainable {
    /// Wraps a model.
    pub fn new(model: Model, rules: StepRules) -> Self {
        Self { model, rules }
    }

    /// The loss of a batch.
    pub(crate) fn loss(&self, item: &Item) -> Tensor<1> {
        let (output, _) = self.forward(item);
        self.loss_of(output, item)
    }

    fn loss_of(&self, output: Tensor<2>, item: &Item) -> Tensor<1> {
        match &item.targets {
            TargetTensor::Classes(classes) => {
                cross_entropy(output, classes.clone(), self.rules.label_smoothing)
            }
            TargetTensor::Values(values) => squared_error(output, values.clone()),
            TargetTensor::Labels(labels) => binary_cross_entropy(output, labels.clone()),
        }
    }

    /// Outputs for the places that are asked about, `[rows, outputs]`, and what is carried on.
    fn forward(&self, item: &Item) -> (Tensor<2>, Option<Carried>) {
        match &item.carried {
            None => (self.model.forward(&item.sequences, &item.places), None),
            Some(carried) => {
                let (output, carried) =
                    self.model.forward_carried(&item.sequences, &item.places, carried);
                (output, Some(carried))
            }
        }
    }
}

/// The values of a tensor on the host.
fn read(tensor: &Tensor<2>) -> Vec<f32> {
    tensor.clone().into_data().try_to_vec().expect("models compute in f32")
}

impl TrainStep for Trainable {
    type Input = Item;
    type Output = StepReport;

    fn step(&self, item: Item) -> TrainOutput<StepReport> {
        let noisy = match item.noise {
            Some((seed, number)) if self.rules.weight_noise > 0.0 => {
                Some(self.with_weight_noise(seed, number))
            }
            _ => None,
        };
        let model = noisy.as_ref().unwrap_or(self);
        let (output, carried) = match item.noise {
            None => model.forward(&item),
            Some((seed, number)) => {
                let numbers = move |place, count| {
                    let mut stream = randomness::stream(seed, "dropout", number, place);
                    (0..count).map(|_| randomness::unit(&mut stream)).collect()
                };
                dropout::training(numbers, || model.forward(&item))
            }
        };
        let outputs = read(&output);
        let loss = self.loss_of(output, &item);
        let value = f64::from(loss.clone().into_scalar::<f32>());
        let grads = GradientsParams::from_grads(loss.backward(), model);
        let report = StepReport { loss: value, outputs, answers: item.answers, carried };
        TrainOutput { grads, item: report }
    }
}

impl InferenceStep for Trainable {
    type Input = Item;
    type Output = StepReport;

    /// The loss is left to the metrics, which are exact.
    fn step(&self, item: Item) -> StepReport {
        let (output, carried) = self.forward(&item);
        StepReport { loss: f64::NAN, outputs: read(&output), answers: item.answers, carried }
    }
}
