//! The numbers that all contestants compute with.

use architectures::{Initializer, Padded};
use burn::tensor::{Device, Tensor, TensorData};

use crate::Shape;

/// Which numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    /// Weights of layer and head, in the order in which they are drawn.
    Weights = 1,
    /// The input.
    Input = 2,
    /// The gradient of the hidden states.
    Gradient = 3,
    /// The targets.
    Targets = 4,
}

/// The `index`-th number of a stream, in [0, 1), by SplitMix64; `peers.py` makes the same.
fn number(stream: Stream, index: u64) -> f32 {
    let mut z = (index + 1 + ((stream as u64) << 40)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 40) as f32 / (1 << 24) as f32
}

/// The first `count` numbers of a stream, scaled to [-1, 1).
pub(crate) fn signed(stream: Stream, count: usize) -> Vec<f32> {
    (0..count as u64).map(|index| 2.0 * number(stream, index) - 1.0).collect()
}

/// The targets of a batch, in [0, 1).
pub(crate) fn targets(batch: usize) -> Vec<f32> {
    (0..batch as u64).map(|index| number(Stream::Targets, index)).collect()
}

/// What `build` makes with initial weights on `device`.
pub(crate) fn with_weights<T>(device: &Device, build: impl FnOnce(&mut Initializer) -> T) -> T {
    let mut next = 0;
    let mut draw = || {
        next += 1;
        number(Stream::Weights, next - 1)
    };
    build(&mut Initializer::new(&mut draw, device))
}

/// The input, `[batch, steps, input]`; sequences of full length where `lengths` is absent.
pub(crate) fn input(shape: Shape, lengths: Option<&[usize]>, values: Tensor<3>) -> Padded {
    let full = || vec![shape.steps; shape.batch];
    let lengths = lengths.map_or_else(full, <[usize]>::to_vec);
    Padded::new(values, lengths).expect("sizes and lengths are at least 1")
}

/// A stream as `[batch, steps, width]`.
pub(crate) fn tensor(stream: Stream, shape: Shape, width: usize, device: &Device) -> Tensor<3> {
    let values = signed(stream, shape.batch * shape.steps * width);
    Tensor::from_data(TensorData::new(values, [shape.batch, shape.steps, width]), device)
}

/// Values as a column, `[values, 1]`.
pub(crate) fn column(values: &[f32], device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len(), 1]), device)
}

/// One length for each sequence, uniform between 10 % and 100 % of `steps`, in no order.
pub(crate) fn lengths(batch: usize, steps: usize) -> Vec<usize> {
    let shortest = steps.div_ceil(10);
    let length = |index| {
        let span = (steps - shortest + 1) as f32;
        (shortest + (number(Stream::Targets, index) * span) as usize).min(steps)
    };
    (0..batch as u64).map(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_span_the_range_and_are_not_sorted() {
        let lengths = lengths(64, 100);
        assert!(lengths.iter().all(|length| (10..=100).contains(length)));
        assert!(lengths.iter().any(|&length| length < 20), "{lengths:?}");
        assert!(lengths.iter().any(|&length| length > 90), "{lengths:?}");
        assert!(!lengths.is_sorted());
        assert!(!lengths.iter().rev().is_sorted());
    }

    #[test]
    fn a_mean_is_that_of_the_uniform_distribution() {
        let values = signed(Stream::Input, 10_000);
        let mean = values.iter().sum::<f32>() / 10_000.0;
        // Standard deviation of the mean: 1/√3/100 = 0.0058.
        assert!(mean.abs() < 0.02, "{mean}");
        let square = values.iter().map(|value| value * value).sum::<f32>() / 10_000.0;
        assert!((square - 1.0 / 3.0).abs() < 0.02, "{square}");
    }
}
