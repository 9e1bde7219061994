//! Convolutions over time and linear layers, with the ReLU behind them, in one operation.
//!
//! Composed of a backend's own operations it is a copy of all that outputs see, a product, a sum and a
//! ReLU, each in memory of its own. On the CPU backends [`dense`] computes it where it lies.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::{Tensor, activation};
use dense::{Convolution, Taps};

use crate::host_operation::prelude::*;
use crate::windows::Windows;

/// What follows a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity,
    /// max(0, ·)
    Relu,
}

/// a(x W + b): x `[.., input]`, W `[input, output]`, b `[output]`.
pub fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<D> {
    let mut shape = x.dims();
    let [input, output] = weight.dims();
    let rows = shape[..D - 1].iter().product();
    shape[D - 1] = output;
    if rows > 0 && has_kernel(&x) {
        let taps = Taps::rows(rows);
        let call = Call { sizes: [1, rows, input], taps, activation, output: shape.to_vec() };
        return run(x, weight, bias, call);
    }
    let made = x.reshape([rows, input]).matmul(weight) + bias.unsqueeze();
    activation.of(made.reshape(shape))
}

/// The convolution of x `[batch, steps, channels]` with `weight` `[kernel·channels, filters]`, the first
/// step that is seen first, and `bias` `[filters]`: `[batch, outputs, filters]`.
pub fn convolution(
    x: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    windows: Windows,
    activation: Activation,
) -> Tensor<3> {
    let (sizes @ [batch, ..], [width, filters]) = (x.dims(), weight.dims());
    let Windows { kernel, dilation, stride, before, outputs } = windows;
    if has_kernel(&x) {
        let taps = Taps { kernel, dilation, stride, before, outputs };
        let output = vec![batch, outputs, filters];
        return run(x, weight, bias, Call { sizes, taps, activation, output });
    }
    let seen = windows.composed(x).reshape([batch * outputs, width]);
    let made = seen.matmul(weight) + bias.unsqueeze();
    activation.of(made.reshape([batch, outputs, filters]))
}

impl Activation {
    pub(crate) fn of<const D: usize>(self, made: Tensor<D>) -> Tensor<D> {
        match self {
            Self::Identity => made,
            Self::Relu => activation::relu(made),
        }
    }
}

fn run<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Tensor<1>, call: Call) -> Tensor<D> {
    let [x, weight, bias] = [x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()];
    Tensor::from_dispatch(Dispatch::convolution(x, weight, bias, call))
}

/// What is to be computed, beside the tensors.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Sequences, steps and channels.
    sizes: [usize; 3],
    taps: Taps,
    activation: Activation,
    /// The shape of the result.
    output: Vec<usize>,
}

host_operation!(ConvolutionOps::convolution([x, weight, bias; 3], Call) saves FloatTensor<B>);

/// What `work` gives for the operands x, W and b as slices.
fn with<B: HostMemory, T>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    work: impl FnOnce(Convolution) -> T,
) -> T {
    let [x, weight, bias] = operands.each_ref().map(B::elements);
    let [batch, steps, channels] = call.sizes;
    work(Convolution {
        batch,
        steps,
        channels,
        filters: bias.len(),
        taps: call.taps,
        relu: call.activation == Activation::Relu,
        threads: rayon::current_num_threads(),
        x: &x,
        weight: &weight,
        bias: &bias,
    })
}

fn forward<B: HostMemory>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let made = with::<B, _>(operands, call, |it| it.forward());
    let made = B::tensor(made, call.output.clone(), &operands[0].device());
    (made.clone(), made)
}

#[expect(clippy::needless_pass_by_value, reason = "as every operation's")]
fn backward<B: HostMemory>(
    operands: &[FloatTensor<B>; 3],
    call: &Call,
    made: FloatTensor<B>,
    gradient: &[f32],
    [of_x, ..]: [bool; 3],
) -> [Vec<f32>; 3] {
    let of = with::<B, _>(operands, call, |it| it.backward(&B::elements(&made), gradient, of_x));
    [of.x.unwrap_or_default(), of.weight, of.bias]
}
