//! An architecture with a linear head: what is trained.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use kernels::Padded;
use schema::Options;

use crate::{ArchitectureError, Encoder, Initializer, Spec};

/// An architecture with a linear head.
#[derive(Module, Debug)]
pub struct Model {
    /// The architecture.
    pub encoder: Encoder,
    /// Reads the architecture's vectors.
    pub head: Linear,
}

impl Model {
    /// The named architecture with new weights and a head of `outputs` outputs.
    ///
    /// # Errors
    /// [`ArchitectureError`].
    pub fn build(
        architecture: &str,
        spec: &Spec,
        outputs: usize,
        options: &Options,
        init: &mut Initializer,
    ) -> Result<Self, ArchitectureError> {
        let encoder = Encoder::build(architecture, spec, options, init)?;
        let head = init.linear(encoder.width(), outputs);
        Ok(Self { encoder, head })
    }

    /// One output for each sequence, `[batch, outputs]`.
    pub fn forward(&self, x: &Padded) -> Tensor<2> {
        self.head.forward(self.encoder.summary(x))
    }

    /// One output for each step, `[batch, steps, outputs]`; at padding it is the head's
    /// bias and means nothing.
    pub fn forward_steps(&self, x: &Padded) -> Tensor<3> {
        self.head.forward(self.encoder.steps(x))
    }
}
