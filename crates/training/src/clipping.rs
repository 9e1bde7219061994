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
    let scale = max_norm / (norm + 1e-6);
    if scale < 1.0 {
        module.visit(&mut Scale { gradients, scale });
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
    module.visit(&mut Clamp { gradients, most });
}

/// Multiplies the gradients of `module`.
pub(crate) fn scale<M: Module>(module: &M, gradients: &mut GradientsParams, scale: f64) {
    module.visit(&mut Scale { gradients, scale });
}

struct Clamp<'a> {
    gradients: &'a mut GradientsParams,
    most: f64,
}

impl ModuleVisitor for Clamp<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient.clamp(-self.most, self.most));
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    scale: f64,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.scale);
        }
    }
}
