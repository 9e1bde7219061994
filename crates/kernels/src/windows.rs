//! What each output of a convolution over time sees, side by side, in one operation.
//!
//! Composed of a backend's own operations, each step that is seen is cut out by itself, and the
//! gradient of each cut is as large as what it was cut from. On the CPU backends it is one node of
//! the autodiff graph: rows are copied forward, and added up backward.
#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "an independent CPU backend until Burn 0.23 removes it")
)]

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::host_operation::prelude::*;

/// Which steps each output sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Windows {
    /// Steps that an output sees.
    pub kernel: usize,
    /// From one of them to the next.
    pub dilation: usize,
    /// From the first that one output sees to the first that the next one sees.
    pub stride: usize,
    /// Steps before the sequence that the first output sees: zeros, as are those behind its end.
    pub before: usize,
    /// Outputs.
    pub outputs: usize,
}

impl Windows {
    /// The step that an output sees at one of its taps, if the sequence has it.
    fn step(self, output: usize, tap: usize, steps: usize) -> Option<usize> {
        let place = output * self.stride + tap * self.dilation;
        place.checked_sub(self.before).filter(|step| *step < steps)
    }

    /// Of `x` `[batch, steps, channels]` what each output sees, from the earliest step on,
    /// `[batch, outputs, kernel·channels]`.
    pub fn of(self, x: Tensor<3>) -> Tensor<3> {
        if has_kernel(&x) {
            return Tensor::from_dispatch(Dispatch::windows(x.into_dispatch(), self));
        }
        self.composed(x)
    }

    /// The same in operations that every backend has.
    pub fn composed(self, x: Tensor<3>) -> Tensor<3> {
        let Self { kernel, dilation, stride, before, outputs } = self;
        let [batch, steps, channels] = x.dims();
        let options = (&x.device(), x.dtype());
        // As many steps behind that the last of them can be read in whole strides.
        let needed = (kernel - 1) * dilation + outputs * stride;
        let after = needed.saturating_sub(before + steps);
        let zeros = |steps| (steps > 0).then(|| Tensor::zeros([batch, steps, channels], options));
        let parts = [zeros(before), Some(x), zeros(after)];
        let x = Tensor::cat(parts.into_iter().flatten().collect(), 1);
        let tap = |tap: usize| {
            let seen = x.clone().narrow(1, tap * dilation, outputs * stride);
            if stride == 1 {
                return seen;
            }
            let seen = seen.reshape([batch, outputs, stride, channels]).narrow(2, 0, 1);
            seen.reshape([batch, outputs, channels])
        };
        Tensor::cat((0..kernel).map(tap).collect(), 2)
    }
}

host_operation!(WindowOps::windows([x; 1], Windows) saves ());

fn sizes<B: Backend>(x: &FloatTensor<B>) -> [usize; 3] {
    let shape = x.shape();
    [shape[0], shape[1], shape[2]]
}

fn forward<B: HostMemory>([x]: &[FloatTensor<B>; 1], windows: &Windows) -> (FloatTensor<B>, ()) {
    let [batch, steps, channels] = sizes::<B>(x);
    let width = windows.kernel * channels;
    let of_sequence = windows.outputs * width;
    let mut cut = vec![0.0; batch * of_sequence];
    let elements = B::elements(x);
    let sequences = elements.par_chunks_exact((steps * channels).max(1));
    sequences.zip(cut.par_chunks_exact_mut(of_sequence.max(1))).for_each(|(from, to)| {
        for (output, to) in to.chunks_exact_mut(width.max(1)).enumerate() {
            for (tap, to) in to.chunks_exact_mut(channels.max(1)).enumerate() {
                if let Some(step) = windows.step(output, tap, steps) {
                    to.copy_from_slice(&from[step * channels..][..channels]);
                }
            }
        }
    });
    (B::tensor(cut, [batch, windows.outputs, width], &x.device()), ())
}

/// The gradient of what was cut, `[batch, steps, channels]`: the sum over all who have seen a step.
fn backward<B: HostMemory>(
    [x]: &[FloatTensor<B>; 1],
    windows: &Windows,
    (): (),
    gradient: &[f32],
    _wanted: [bool; 1],
) -> [Vec<f32>; 1] {
    let [batch, steps, channels] = sizes::<B>(x);
    let width = windows.kernel * channels;
    let of_sequence = windows.outputs * width;
    let mut sums = vec![0.0; batch * steps * channels];
    let sequences = gradient.par_chunks_exact(of_sequence.max(1));
    sequences.zip(sums.par_chunks_exact_mut((steps * channels).max(1))).for_each(|(from, to)| {
        for (output, from) in from.chunks_exact(width.max(1)).enumerate() {
            for (tap, from) in from.chunks_exact(channels.max(1)).enumerate() {
                if let Some(step) = windows.step(output, tap, steps) {
                    for (sum, term) in to[step * channels..][..channels].iter_mut().zip(from) {
                        *sum += term;
                    }
                }
            }
        }
    });
    [sums]
}
