//! Convolutions over time that treat each sequence as if it stood alone.

use burn::module::{Module, Param};
use burn::nn::LayerNorm;
use burn::tensor::module::linear;
use burn::tensor::{Tensor, activation};
use kernels::{Padded, Windows};

use crate::Initializer;

/// Which steps an output of a convolution sees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sees {
    /// From one step that it sees to the next.
    pub dilation: usize,
    /// From one output to the next.
    pub stride: usize,
    /// Its own step and earlier ones alone; else as many before as after it, and one more after
    /// where their number is odd.
    pub causal: bool,
}

impl Sees {
    /// All outputs, from neighbouring steps.
    pub fn neighbours(causal: bool) -> Self {
        Self { dilation: 1, stride: 1, causal }
    }
}

/// What each output of a convolution of `kernel` steps sees, side by side from the earliest on,
/// `[batch, steps / stride (rounded up), kernel·channels]`, of x `[batch, steps, channels]`, which
/// is zero at padding. Beyond both ends of a sequence there are zeros.
pub(crate) fn seen(x: &Padded, kernel: usize, sees: Sees) -> Tensor<3> {
    let Sees { dilation, stride, causal } = sees;
    let reach = (kernel - 1) * dilation;
    let before = if causal { reach } else { reach / 2 };
    let outputs = x.steps().div_ceil(stride);
    Windows { kernel, dilation, stride, before, outputs }.of(x.values().clone())
}

/// The convolution of x with `weight` `[filters, channels, kernel]`, `[batch, steps / stride
/// (rounded up), filters]`; x is zero at padding, and what comes out there means nothing.
///
/// It is one matrix product: each of its rows holds all that one output sees. On flex this is
/// faster than Burn's convolution, and it leaves sequences as they lie.
pub(crate) fn convolve(weight: Tensor<3>, bias: Tensor<1>, x: &Padded, sees: Sees) -> Padded {
    let [filters, channels, kernel] = weight.dims();
    let seen = seen(x, kernel, sees);
    let [batch, outputs, width] = seen.dims();
    let weight = weight.permute([2, 1, 0]).reshape([kernel * channels, filters]);
    let values = linear(seen.reshape([batch * outputs, width]), weight, Some(bias));
    shorter(x, values.reshape([batch, outputs, filters]), sees.stride)
}

/// `values` in which a step stands for `times` of `x`, lengths rounded up.
fn shorter(x: &Padded, values: Tensor<3>, times: usize) -> Padded {
    let lengths = x.lengths().iter().map(|length| length.div_ceil(times)).collect();
    Padded::new(values, lengths).expect("each sequence keeps a step")
}

/// The largest of every `width` neighbouring steps, `[batch, steps / width (rounded up),
/// channels]`, of numbers that are nowhere negative and zero at padding.
pub(crate) fn max_pool(x: &Padded, width: usize) -> Padded {
    let [batch, steps, channels] = x.values().dims();
    let outputs = steps.div_ceil(width);
    let zeros = Tensor::zeros([batch, outputs * width - steps, channels], &x.device());
    let whole = if outputs * width > steps {
        Tensor::cat(vec![x.values().clone(), zeros], 1)
    } else {
        x.values().clone()
    };
    let values = whole.reshape([batch, outputs, width, channels]).max_dim(2).squeeze_dim(2);
    shorter(x, values, width)
}

/// A convolution over time with what follows it: u = ReLU(LN(conv(x))), without LN where it is
/// not asked for.
#[derive(Module, Debug)]
pub struct Convolution {
    /// `[filters, channels, kernel]`.
    pub weight: Param<Tensor<3>>,
    /// `[filters]`.
    pub bias: Param<Tensor<1>>,
    /// Over the filters of each step.
    pub norm: Option<LayerNorm>,
}

impl Convolution {
    /// Weights from U(-1/√fan, 1/√fan), fan = channels · kernel, as PyTorch's.
    pub(crate) fn build(
        [channels, filters, kernel]: [usize; 3],
        normalized: bool,
        init: &mut Initializer,
    ) -> Self {
        Self {
            weight: init.uniform([filters, channels, kernel], channels * kernel),
            bias: init.uniform([filters], channels * kernel),
            norm: normalized.then(|| init.layer_norm(filters)),
        }
    }

    /// `[batch, steps / stride (rounded up), filters]`; zero at padding, as x is.
    pub(crate) fn forward(&self, x: &Padded, sees: Sees) -> Padded {
        let output = convolve(self.weight.val(), self.bias.val(), x, sees);
        let values = output.values().clone();
        let values = match &self.norm {
            Some(norm) => norm.forward(values),
            None => values,
        };
        output.with_values(activation::relu(values)).zero_padding()
    }
}
