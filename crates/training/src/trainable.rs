//! The model with its loss: burn-train's training and inference step.

use architectures::Model;
use burn::module::{Module, ModuleDisplay};
use burn::optim::GradientsParams;
use burn::tensor::{ExecutionError, Tensor};
use burn_train::{InferenceStep, ItemLazy, TrainOutput, TrainStep};

use crate::batch::TargetTensor;
use crate::loss::{cross_entropy, squared_error};
use crate::{Item, clip_global_norm};

/// A model and how its training steps are taken.
#[derive(Module, Debug)]
#[module(custom_display)]
pub struct Trainable {
    /// The model.
    pub model: Model,
    clip_norm: f64,
}

impl ModuleDisplay for Trainable {}

/// What a step says of its batch: plain numbers, so that nothing is read from a device on
/// burn-train's metric thread.
#[derive(Debug, Clone, PartialEq)]
pub struct StepReport {
    /// Mean loss: cross-entropy in nats, or squared error.
    pub loss: f64,
    /// Second metric of the kind of target: `accuracy`, or `mean_absolute_error`.
    pub second: (&'static str, f64),
    /// Sequences in the batch.
    pub size: usize,
}

impl StepReport {
    /// The value of a metric by name.
    pub fn metric(&self, name: &str) -> Option<f64> {
        match name {
            "loss" => Some(self.loss),
            name if name == self.second.0 => Some(self.second.1),
            _ => None,
        }
    }
}

impl ItemLazy for StepReport {
    fn sync(self) -> Result<Self, ExecutionError> {
        Ok(self)
    }
}

impl Trainable {
    /// Wraps a model; `clip_norm` 0 turns clipping off.
    pub fn new(model: Model, clip_norm: f64) -> Self {
        Self { model, clip_norm }
    }

    /// Mean loss over the batch, `[1]`, and what else is reported.
    fn evaluate(&self, item: &Item) -> (Tensor<1>, StepReport) {
        let output = self.model.forward(&item.inputs); // [batch, outputs]
        let (loss, second) = match &item.targets {
            TargetTensor::Classes(indices, classes) => {
                let accuracy = accuracy(&output, classes);
                (cross_entropy(output, indices.clone()), ("accuracy", accuracy))
            }
            TargetTensor::Values(values) => {
                let error = mean_absolute_error(&output, values);
                (squared_error(output, values.clone()), ("mean_absolute_error", error))
            }
        };
        let value = f64::from(loss.clone().into_scalar::<f32>());
        (loss, StepReport { loss: value, second, size: item.size() })
    }
}

/// Share of rows whose largest score is that of its class; `scores` `[batch, classes]`. The
/// first of equal scores counts.
fn accuracy(scores: &Tensor<2>, classes: &[u32]) -> f64 {
    let [_, width] = scores.dims();
    let scores = scores.clone().into_data();
    let scores = scores.as_slice::<f32>().expect("models compute in f32");
    let right = scores.chunks_exact(width).zip(classes).filter(|(row, class)| {
        let best = row.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
        best.is_some_and(|(index, _)| index == **class as usize)
    });
    right.count() as f64 / classes.len() as f64
}

/// Mean over all elements of |output − values|; both `[batch, values]`.
fn mean_absolute_error(output: &Tensor<2>, values: &Tensor<2>) -> f64 {
    let read = |tensor: &Tensor<2>| tensor.clone().into_data();
    let (output, values) = (read(output), read(values));
    let values = values.as_slice::<f32>().expect("models compute in f32");
    let output = output.as_slice::<f32>().expect("models compute in f32");
    let sum: f64 = output.iter().zip(values).map(|(a, b)| f64::from((a - b).abs())).sum();
    sum / values.len() as f64
}

impl TrainStep for Trainable {
    type Input = Item;
    type Output = StepReport;

    fn step(&self, item: Item) -> TrainOutput<StepReport> {
        let (loss, report) = self.evaluate(&item);
        let mut grads = GradientsParams::from_grads(loss.backward(), self);
        if self.clip_norm > 0.0 {
            clip_global_norm(self, &mut grads, self.clip_norm);
        }
        TrainOutput { grads, item: report }
    }
}

impl InferenceStep for Trainable {
    type Input = Item;
    type Output = StepReport;

    fn step(&self, item: Item) -> StepReport {
        self.evaluate(&item).1
    }
}
