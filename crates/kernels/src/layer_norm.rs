//! Layer normalisation, with the ReLU behind it, in one operation.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::Tensor;
use dense::LayerNorm;

use crate::convolution::Activation;
use crate::host_operation::prelude::*;

/// a(γ ⊙ (x − μ) / √(σ² + ε) + β) along the last axis, σ² divided by the number of numbers. γ, β
/// `[width]`.
pub fn layer_norm<const D: usize>(
    x: Tensor<D>,
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
    activation: Activation,
) -> Tensor<D> {
    if has_kernel(&x) {
        let call = Call { epsilon: epsilon as f32, activation };
        let [x, scale, shift] = [x.into_dispatch(), scale.into_dispatch(), shift.into_dispatch()];
        return Tensor::from_dispatch(Dispatch::layer_norm(x, scale, shift, call));
    }
    let (variance, mean) = x.clone().var_mean_bias(D - 1);
    let normed = (x - mean).div(variance.add_scalar(epsilon).sqrt());
    activation.of(normed * scale.unsqueeze() + shift.unsqueeze())
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    epsilon: f32,
    activation: Activation,
}

host_operation!(LayerNormOps::layer_norm([x, scale, shift; 3], Call) saves FloatTensor<B>);

/// What `work` gives for the operands x, γ and β as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    work: impl FnOnce(LayerNorm) -> T,
) -> T {
    let [x, scale, shift] = operands.each_ref().map(B::elements);
    work(LayerNorm {
        width: scale.len(),
        epsilon: call.epsilon,
        relu: call.activation == Activation::Relu,
        threads: rayon::current_num_threads(),
        x: &x,
        scale: &scale,
        shift: &shift,
    })
}

fn forward<B: HostMemory>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let made = with::<B, _>(operands, call, |it| it.forward());
    let made = B::tensor(made, operands[0].shape(), &operands[0].device());
    (made.clone(), made)
}

#[expect(clippy::needless_pass_by_value, reason = "as every operation's")]
fn backward<B: HostMemory>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    made: FloatTensor<B>,
    gradient: &[f32],
    _wanted: [bool; 3],
) -> [Vec<f32>; 3] {
    let of = with::<B, _>(operands, call, |it| it.backward(&B::elements(&made), gradient));
    [of.x, of.scale, of.shift]
}
