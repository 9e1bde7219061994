//! A task's batch as tensors.

use architectures::Padded;
use burn::tensor::{Device, Int, Tensor, TensorData};
use tasks::{Batch, Targets};

/// A batch on a device.
#[derive(Debug, Clone)]
pub struct Item {
    /// `[batch, steps, channels]` with lengths.
    pub inputs: Padded,
    /// What the model should say of each sequence.
    pub targets: TargetTensor,
}

/// Targets on a device.
#[derive(Debug, Clone)]
pub enum TargetTensor {
    /// Class of each sequence, `[batch]`.
    Classes(Tensor<1, Int>, Vec<u32>),
    /// Values of each sequence, `[batch, values]`.
    Values(Tensor<2>),
}

impl Item {
    /// Copies a batch to `device`.
    ///
    /// # Panics
    /// If the batch is empty or a length is not one of its steps: a task's mistake, never a
    /// user's.
    pub fn new(batch: Batch, device: &Device) -> Self {
        let shape = [batch.size, batch.steps, batch.channels];
        let values = Tensor::from_data(TensorData::new(batch.inputs, shape), device);
        let targets = match batch.targets {
            Targets::Classes(classes) => {
                let indices: Vec<i32> = classes.iter().map(|&class| class as i32).collect();
                let tensor = Tensor::from_data(TensorData::new(indices, [batch.size]), device);
                TargetTensor::Classes(tensor, classes)
            }
            Targets::Values(values) => {
                let shape = [batch.size, values.len() / batch.size];
                TargetTensor::Values(Tensor::from_data(TensorData::new(values, shape), device))
            }
        };
        let inputs = Padded::new(values, batch.lengths).expect("a task gives lengths that fit");
        Self { inputs, targets }
    }

    /// Number of sequences.
    pub fn size(&self) -> usize {
        self.inputs.batch()
    }
}
