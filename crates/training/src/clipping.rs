//! Clipping: by the norm of all gradients together, and number by number.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales the gradients of `module` by min(1, max_norm / (‖g‖ + 1e-6)), where ‖g‖ is the
/// Euclidean norm of all of them together, and returns ‖g‖.
///
/// Source: Pascanu, Mikolov and Bengio 2013, arXiv:1211.5063; as PyTorch's
/// `clip_grad_norm_`. Burn's own clipping scales each tensor by its own norm.
pub fn clip_global_norm<M: Module>(
    module: &M,
    gradients: &mut GradientsParams,
    max_norm: f64,
) -> f64 {
    let mut squares = SumOfSquares { gradients, total: Vec::new() };
    module.visit(&mut squares);
    let sum = squares.total.into_iter().reduce(|a, b| a + b);
    let norm = sum.map_or(0.0, |sum| sum.sqrt().into_scalar::<f32>());
    let norm = f64::from(norm);
    let down = max_norm / (norm + 1e-6);
    if down < 1.0 {
        scale(module, gradients, down);
    }
    norm
}

struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    total: Vec<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            self.total.push(gradient.square().sum());
        }
    }
}

/// Brings every number of the gradients of `module` within `most` from 0; NaN stays NaN. As
/// PyTorch's `clip_grad_value_`.
pub fn clip_values<M: Module>(module: &M, gradients: &mut GradientsParams, most: f64) {
    module.visit(&mut Changed { gradients, change: Change::Clamp(most) });
}

/// Multiplies the gradients of `module`.
pub(crate) fn scale<M: Module>(module: &M, gradients: &mut GradientsParams, scale: f64) {
    module.visit(&mut Changed { gradients, change: Change::Scale(scale) });
}

/// What is done to each number of the gradients.
#[derive(Clone, Copy)]
enum Change {
    Clamp(f64),
    Scale(f64),
}

struct Changed<'a> {
    gradients: &'a mut GradientsParams,
    change: Change,
}

impl ModuleVisitor for Changed<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            let gradient = match self.change {
                Change::Clamp(most) => gradient.clamp(-most, most),
                Change::Scale(scale) => gradient * scale,
            };
            self.gradients.register(param.id, gradient);
        }
    }
}
