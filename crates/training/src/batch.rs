//! A task's batch as tensors.

use architectures::{Carried, Padded, Places, Sequences};
use burn::tensor::{Device, Int, Tensor, TensorData};
use tasks::{Asked, Batch, Inputs, Targets};

/// A batch on a device.
#[derive(Debug, Clone)]
pub struct Item {
    /// The sequences.
    pub sequences: Sequences,
    /// Where predictions are asked for.
    pub places: Places,
    /// What they should be.
    pub targets: TargetTensor,
    /// The same on the host, for metrics.
    pub answers: Answers,
    /// In a task of streams, what the rows carry over from the batch before; `None` in
    /// others.
    pub carried: Option<Carried>,
    /// While training, which streams dropout and weight noise draw from: a seed and the batch's
    /// number.
    pub noise: Option<(u64, u64)>,
}

impl Item {
    /// The same batch, with dropout and weight noise.
    #[must_use]
    pub fn with_noise(self, seed: u64, number: u64) -> Self {
        Self { noise: Some((seed, number)), ..self }
    }
}

/// Targets on a device.
#[derive(Debug, Clone)]
pub enum TargetTensor {
    /// Classes, `[rows]`.
    Classes(Tensor<1, Int>),
    /// Values, `[rows, values]`.
    Values(Tensor<2>),
    /// Labels that hold, `[rows, labels]`.
    Labels(Tensor<2>),
}

/// Targets on the host.
#[derive(Debug, Clone)]
pub struct Answers {
    /// One row for each place that is asked about.
    pub targets: Targets,
    /// The sequence that each row belongs to.
    pub sequences: Vec<u32>,
}

impl Item {
    /// Copies a batch to `device`. `carried` is what a stream before it carried over, in a
    /// task of streams.
    ///
    /// # Panics
    /// If the batch is empty or a length is not one of its steps: a task's mistake, never a
    /// user's.
    pub fn new(batch: Batch, carried: Option<Carried>, device: &Device) -> Self {
        let Batch { size, steps, .. } = batch;
        let answers =
            Answers { sequences: batch.sequences_of_rows(), targets: batch.targets.clone() };
        let carried = carried.map(|it| if batch.continues { it } else { Carried::default() });
        let places = match batch.asked {
            Asked::Sequences => Places::Sequences,
            Asked::Steps(asked) if asked.len() == size * steps => Places::AllSteps,
            Asked::Steps(asked) => Places::Steps(integers(asked, device)),
        };
        let sequences = match batch.inputs {
            Inputs::Values(values) => {
                let shape = [size, steps, values.len() / (size * steps).max(1)];
                let values = Tensor::from_data(TensorData::new(values, shape), device);
                let padded = Padded::new(values, batch.lengths);
                Sequences::Vectors(padded.expect("a task gives lengths that fit"))
            }
            Inputs::Tokens(tokens) => {
                let tokens = integers(tokens, device).reshape([size, steps]);
                Sequences::Tokens(tokens, batch.lengths)
            }
        };
        let rows = answers.sequences.len();
        let numbers = |numbers: Vec<f32>| {
            let shape = [rows, numbers.len() / rows];
            Tensor::from_data(TensorData::new(numbers, shape), device)
        };
        let targets = match batch.targets {
            Targets::Classes(classes) => TargetTensor::Classes(integers(classes, device)),
            Targets::Values(values) => TargetTensor::Values(numbers(values)),
            Targets::Labels(labels) => TargetTensor::Labels(numbers(labels)),
        };
        Self { sequences, places, targets, answers, carried, noise: None }
    }
}

fn integers(values: Vec<u32>, device: &Device) -> Tensor<1, Int> {
    let values: Vec<i32> = values.into_iter().map(|value| value as i32).collect();
    let shape = [values.len()];
    Tensor::from_data(TensorData::new(values, shape), device)
}
