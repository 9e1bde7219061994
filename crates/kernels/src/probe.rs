//! Seeing how far gradients flow through a recurrent layer.

use burn::tensor::{Gradients, Tensor};

use crate::Padded;

/// Reads the gradient of a loss by the hidden state at each step of one run of a layer.
///
/// It is a tensor of zeros that counts as added to the hidden states: the gradient by it is
/// the gradient by them, through their place in the output and through all later steps.
#[derive(Debug, Clone)]
pub struct Probe(Tensor<3>);

impl Probe {
    /// A probe for one run of a layer of `hidden` units over `x`.
    pub fn new(x: &Padded, hidden: usize) -> Self {
        let device = x.device();
        let shape = [x.batch(), x.steps(), hidden];
        let zeros = Tensor::zeros(shape, (&device, x.values().dtype()));
        Self(zeros.set_require_grad(device.is_autodiff()))
    }

    /// The zeros, `[batch, steps, hidden]`, each at the place of its step in the sequence's
    /// own order: for a layer that is computed step by step to add.
    pub fn zeros(&self) -> &Tensor<3> {
        &self.0
    }

    /// The gradient of the loss by the hidden state at each step, `[batch, steps, hidden]`,
    /// zero at padding; `None` if the run was not on a device with autodiff or the loss does
    /// not depend on it.
    pub fn hidden_gradient(&self, gradients: &Gradients) -> Option<Tensor<3>> {
        self.0.grad(gradients)
    }
}
