//! Burn's linear layers and layer normalisations, computed by [`kernels`].

use burn::nn::{LayerNorm, Linear};
use burn::tensor::Tensor;
use kernels::Activation;

/// ε of every layer normalisation, PyTorch's.
pub(crate) const EPSILON: f64 = 1e-5;

/// a(x W + b) along the last axis.
pub(crate) fn linear<const D: usize>(
    layer: &Linear,
    x: Tensor<D>,
    activation: Activation,
) -> Tensor<D> {
    let bias = layer.bias.as_ref().expect("all of ours have one").val();
    kernels::linear(x, layer.weight.val(), bias, activation)
}

/// LN(x) along the last axis.
pub(crate) fn normed<const D: usize>(norm: &LayerNorm, x: Tensor<D>) -> Tensor<D> {
    normed_with(norm, x, Activation::Identity)
}

/// a(LN(x)) along the last axis.
pub(crate) fn normed_with<const D: usize>(
    norm: &LayerNorm,
    x: Tensor<D>,
    activation: Activation,
) -> Tensor<D> {
    let shift = norm.beta.as_ref().expect("all of ours have one").val();
    kernels::layer_norm(x, norm.gamma.val(), shift, EPSILON, activation)
}
