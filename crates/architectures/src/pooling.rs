//! Pooling: how what an architecture says at each step becomes one vector for the sequence.
//!
//! last       s = h at the last valid step of each direction (the architecture's own summary)
//! mean       s = (1/T) Σₜ hₜ
//! max        sᵢ = maxₜ hₜᵢ
//! attention  s = Σₜ aₜ hₜ,  a = softmaxₜ(wᵀ tanh(V hₜ + b) + c)
//!
//! Over the valid steps t = 1..T alone. Shapes: h `[batch, steps, width]`; s `[batch, width]`; V
//! `[width, width]`; w `[width]`.
//! Papers: attention is that of Yang et al. 2016, NAACL (hierarchical attention networks); c
//! cancels in the softmax and gets no gradient.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::Tensor;
use kernels::Padded;

use crate::{Encoder, Initializer, Readout};

/// Which pooling.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PoolingKind {
    /// The last valid step.
    #[default]
    Last,
    /// The mean of all.
    Mean,
    /// The largest of all, unit by unit.
    Max,
    /// A mean with learned weights.
    Attention,
}

impl PoolingKind {
    /// What an architecture must offer for it where the task asks once a sequence.
    pub fn readout(self) -> Readout {
        match self {
            Self::Last => Readout::WholeSequence,
            Self::Mean | Self::Max | Self::Attention => Readout::Pooled,
        }
    }
}

/// Pooling with its weights, if it has any.
#[derive(Module, Debug)]
pub struct Pooling {
    #[module(skip)]
    kind: PoolingKind,
    /// V and b.
    projection: Option<Linear>,
    /// w and c.
    score: Option<Linear>,
}

/// What stands for a score or a unit at padding: less than any, and finite, so that its
/// exponential is 0 and its gradient a number.
const NOWHERE: f32 = -1e30;

impl Pooling {
    /// Of vectors of `width` numbers.
    pub fn build(kind: PoolingKind, width: usize, init: &mut Initializer) -> Self {
        let learned = kind == PoolingKind::Attention;
        Self {
            kind,
            projection: learned.then(|| init.linear(width, width)),
            score: learned.then(|| init.linear(width, 1)),
        }
    }

    /// One vector for each sequence, `[batch, width]`. Padding has no influence.
    pub fn pool(&self, encoder: &Encoder, x: &Padded) -> Tensor<2> {
        if self.kind == PoolingKind::Last {
            return encoder.summary(x);
        }
        let pooled = encoder.steps(x);
        // Zero at padding.
        let steps = pooled.values().clone();
        match (&self.projection, &self.score) {
            (Some(projection), Some(score)) => {
                let scores = score.forward(projection.forward(steps.clone()).tanh());
                attended(steps, scores, pooled.mask())
            }
            _ if self.kind == PoolingKind::Max => {
                let outside = (pooled.mask() - 1.0) * -NOWHERE;
                (steps + outside).max_dim(1).squeeze_dim(1)
            }
            _ => mean_over_steps(&pooled),
        }
    }
}

/// The mean over the valid steps, `[batch, channels]`, of numbers that are zero at padding.
pub(crate) fn mean_over_steps(u: &Padded) -> Tensor<2> {
    let count = u.mask().sum_dim(1).squeeze_dim::<2>(1);
    u.values().clone().sum_dim(1).squeeze_dim::<2>(1) / count
}

/// The mean of `steps` with the softmax of `scores`, `[batch, steps, 1]`, as weights.
fn attended(steps: Tensor<3>, scores: Tensor<3>, valid: Tensor<3>) -> Tensor<2> {
    let scores = scores + (valid.clone() - 1.0) * -NOWHERE;
    // Subtracting the largest changes no weight and lets no exponential overflow.
    let largest = scores.clone().max_dim(1).detach();
    let weights = (scores - largest).exp() * valid;
    // Along the steps, one after another, so that more padding changes no bit.
    let [batch, count, width] = steps.dims();
    let total = weights.clone().expand([batch, count, width]).sum_dim(1);
    let sum = (steps * weights).sum_dim(1);
    (sum / total).squeeze_dim(1)
}
