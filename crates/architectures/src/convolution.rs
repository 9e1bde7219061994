//! Convolutions over time that treat each sequence as if it stood alone.

use burn::module::{Module, Param};
use burn::nn::LayerNorm;
use burn::tensor::{Bool, Tensor, TensorData};
use kernels::{Activation, Padded, Windows};

use crate::Initializer;
use crate::burn_layers::normed_with;

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

    /// Of `kernel` steps each, over a sequence.
    fn windows(self, kernel: usize, steps: usize) -> Windows {
        let Self { dilation, stride, causal } = self;
        let reach = (kernel - 1) * dilation;
        let before = if causal { reach } else { reach / 2 };
        Windows { kernel, dilation, stride, before, outputs: steps.div_ceil(stride) }
    }
}

/// The last outputs of a causal convolution over sequences that end together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Steps that an output sees.
    pub kernel: usize,
    /// From one output to the next.
    pub stride: usize,
    /// How many there are.
    pub outputs: usize,
}

impl Ends {
    /// Steps from the first to the last that is seen.
    pub fn seen(self) -> usize {
        (self.outputs - 1) * self.stride + self.kernel
    }

    /// The steps at the end of x that are seen, and which of them by each output; before the start there
    /// are zeros.
    fn windows(self, x: Tensor<3>) -> (Tensor<3>, Windows) {
        let Self { kernel, stride, outputs } = self;
        let (steps, seen) = (x.dims()[1], self.seen());
        let there = seen.min(steps);
        let windows = Windows { kernel, dilation: 1, stride, before: seen - there, outputs };
        (x.narrow(1, steps - there, there), windows)
    }

    /// What each output sees, `[batch, outputs, kernel·channels]`.
    pub fn of(self, x: Tensor<3>) -> Tensor<3> {
        if self == (Self { kernel: 1, stride: 1, outputs: x.dims()[1] }) {
            return x;
        }
        let (x, windows) = self.windows(x);
        windows.of(x)
    }

    /// The convolution with `weight` `[filters, channels, kernel]`.
    pub fn convolve(
        self,
        weight: Tensor<3>,
        bias: Tensor<1>,
        x: Tensor<3>,
        activation: Activation,
    ) -> Tensor<3> {
        let (x, windows) = self.windows(x);
        kernels::convolution(x, in_rows(weight), bias, windows, activation)
    }
}

/// `[kernel·channels, filters]` of a weight `[filters, channels, kernel]`.
fn in_rows(weight: Tensor<3>) -> Tensor<2> {
    let [filters, channels, kernel] = weight.dims();
    weight.permute([2, 1, 0]).reshape([kernel * channels, filters])
}

/// Steps `apart` from each other of sequences that end together, with zeros before the start of each.
pub(crate) fn before_start_zero(x: Tensor<3>, lengths: &[usize], apart: usize) -> Tensor<3> {
    let [batch, steps, _] = x.dims();
    let is_before = |&length: &usize| (0..steps).map(move |at| (steps - 1 - at) * apart >= length);
    let before: Vec<bool> = lengths.iter().flat_map(is_before).collect();
    let before = TensorData::new(before, [batch, steps, 1]);
    let before = Tensor::<3, Bool>::from_data(before, &x.device());
    let shape = x.shape();
    x.mask_fill(before.expand(shape), 0.0)
}

/// What each output of a convolution of `kernel` steps sees, side by side from the earliest on,
/// `[batch, steps / stride (rounded up), kernel·channels]`, of x `[batch, steps, channels]`, which
/// is zero at padding. Beyond both ends of a sequence there are zeros.
pub(crate) fn seen(x: &Padded, kernel: usize, sees: Sees) -> Tensor<3> {
    sees.windows(kernel, x.steps()).of(x.values().clone())
}

/// The convolution of x with `weight` `[filters, channels, kernel]`, `[batch, steps / stride
/// (rounded up), filters]`; x is zero at padding, and what comes out there means nothing.
///
/// `activation` follows it.
pub(crate) fn convolve(
    weight: Tensor<3>,
    bias: Tensor<1>,
    x: &Padded,
    sees: Sees,
    activation: Activation,
) -> Padded {
    let windows = sees.windows(weight.dims()[2], x.steps());
    let weight = in_rows(weight);
    let values = kernels::convolution(x.values().clone(), weight, bias, windows, activation);
    shorter(x, values, sees.stride)
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
        let convolved =
            |activation| convolve(self.weight.val(), self.bias.val(), x, sees, activation);
        match &self.norm {
            None => convolved(Activation::Relu),
            Some(norm) => {
                let output = convolved(Activation::Identity);
                output.with_values(normed_with(norm, output.values().clone(), Activation::Relu))
            }
        }
        .zero_padding()
    }
}
