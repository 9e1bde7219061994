//! Convolutions over time, of which a linear layer is the one that sees a single step.

use tiles::{Buffer, Left, Level, Packed, Product, Room, Start, padded, threads};

use crate::numbers::{Relu, Upstream, copy_rows};
use crate::weight_gradient::{self, Part};

/// Rows of so many numbers that a thread computes at a time: what comes of them stays in the core's own
/// cache.
fn block(width: usize) -> usize {
    const NUMBERS: usize = 8192;
    (NUMBERS / width).clamp(16, 96) / 8 * 8
}

/// Which steps each output sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taps {
    /// Steps that an output sees.
    pub kernel: usize,
    /// From one of them to the next.
    pub dilation: usize,
    /// From the first that one output sees to the first that the next one sees.
    pub stride: usize,
    /// Steps before the sequence that the first output sees: zeros, as are those behind its end.
    pub before: usize,
    /// Outputs of each sequence.
    pub outputs: usize,
}

impl Taps {
    /// Those of a linear layer over so many rows.
    pub fn rows(count: usize) -> Self {
        Self { kernel: 1, dilation: 1, stride: 1, before: 0, outputs: count }
    }

    /// Whether each output sees the step of its own place alone.
    fn is_linear(self, steps: usize) -> bool {
        self == Self::rows(steps)
    }

    /// Steps from the first that one output sees to the last that the `count`-th after it sees.
    fn reach(self, count: usize) -> usize {
        (count - 1) * self.stride + (self.kernel - 1) * self.dilation + 1
    }
}

/// y = a(Σ_tap x[t + tap] W_tap + b): x `[batch, steps, channels]`, W `[kernel, channels, filters]`,
/// b `[filters]`, y `[batch, outputs, filters]`; a is ReLU or nothing.
#[derive(Debug, Clone, Copy)]
pub struct Convolution<'a> {
    /// Sequences.
    pub batch: usize,
    /// Steps of each.
    pub steps: usize,
    /// Numbers of a step.
    pub channels: usize,
    /// Numbers of an output, at least 1.
    pub filters: usize,
    /// Which steps each output sees.
    pub taps: Taps,
    /// Whether negative outputs are cut off.
    pub relu: bool,
    /// Threads that may be used.
    pub threads: usize,
    /// x
    pub x: &'a [f32],
    /// W
    pub weight: &'a [f32],
    /// b, empty for zeros.
    pub bias: &'a [f32],
}

/// The gradients of a convolution's operands.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvolutionGradients {
    /// Of x, where it is asked for.
    pub x: Option<Vec<f32>>,
    /// Of W.
    pub weight: Vec<f32>,
    /// Of b.
    pub bias: Vec<f32>,
}

impl Convolution<'_> {
    /// y
    ///
    /// # Panics
    /// If a slice is not as long as the sizes say: a caller's mistake.
    pub fn forward(&self) -> Vec<f32> {
        self.forward_at(Level::best())
    }

    pub(crate) fn forward_at(&self, level: Level) -> Vec<f32> {
        self.check();
        let Self { batch, channels, filters, taps, .. } = *self;
        let weight = Packed::new(level, self.weight, filters, [taps.kernel * channels, filters]);
        let filled = padded(filters);
        let mut bias = Buffer::zeros(filled);
        bias[..self.bias.len()].copy_from_slice(self.bias);
        let mut y = Room::new(batch * taps.outputs * filters);
        let block = block(filled);
        let of_sequence = taps.outputs.div_ceil(block);
        let blocks: Vec<_> = y.blocks(batch, block * filters).enumerate().collect();
        threads::each(self.threads, blocks, |(index, y)| {
            let (sequence, first) = (index / of_sequence, index % of_sequence * block);
            let y = y.zeros();
            let rows = y.len() / filters;
            let mut own = (filters < filled).then(|| Buffer::new(rows * filled));
            let result = own.as_deref_mut().unwrap_or(y);
            self.outputs(level, sequence, first, rows, &weight, &bias, result);
            if self.relu {
                level.run(Relu(result));
            }
            if let Some(own) = own {
                copy_rows(&own, filled, y, filters);
            }
        });
        y.into_numbers()
    }

    /// So many outputs of a sequence from the `first` on, filled up.
    #[expect(clippy::too_many_arguments, reason = "one block of one product")]
    fn outputs(
        &self,
        level: Level,
        sequence: usize,
        first: usize,
        rows: usize,
        weight: &Packed,
        bias: &[f32],
        result: &mut [f32],
    ) {
        let Self { steps, channels, taps, .. } = *self;
        let x = &self.x[sequence * steps * channels..][..steps * channels];
        let filled = padded(self.filters);
        if taps.is_linear(steps) {
            let left = Left { data: &x[first * channels..], stride: channels };
            let start = Start::Row(bias);
            level.run(Product::new(rows, left, weight.panels(), start, result, filled));
            return;
        }
        let mut seen = Buffer::new(taps.reach(rows) * channels);
        copy_steps(x, channels, (first * taps.stride, taps.before), &mut seen);
        let stride = taps.stride * channels;
        if taps.dilation == 1 {
            // What an output sees lies side by side.
            let left = Left { data: &seen, stride };
            let start = Start::Row(bias);
            level.run(Product::new(rows, left, weight.panels(), start, result, filled));
            return;
        }
        for tap in 0..taps.kernel {
            let left = Left { data: &seen[tap * taps.dilation * channels..], stride };
            let start = if tap == 0 { Start::Row(bias) } else { Start::Result };
            let right = weight.rows([tap * channels, channels]);
            level.run(Product::new(rows, left, right, start, result, filled));
        }
    }

    /// The gradients from that of `y`, which [`Self::forward`] gave.
    ///
    /// # Panics
    /// As that.
    pub fn backward(&self, y: &[f32], gradient: &[f32], of_x: bool) -> ConvolutionGradients {
        self.backward_at(Level::best(), y, gradient, of_x)
    }

    pub(crate) fn backward_at(
        &self,
        level: Level,
        y: &[f32],
        gradient: &[f32],
        of_x: bool,
    ) -> ConvolutionGradients {
        self.check();
        let Self { batch, filters, taps, .. } = *self;
        let (rows, filled) = (batch * taps.outputs, padded(filters));
        assert_eq!([y.len(), gradient.len()], [rows * filters; 2], "y and its gradient");
        // That of the sums before ReLU, filled up; it may be the given one.
        let mut made = (self.relu || filters < filled).then(|| Buffer::new(rows * filled));
        let above = Above { gradient, y, made: made.as_deref_mut() };
        let of_x = if taps.is_linear(self.steps) {
            self.linear_backward(level, above, of_x)
        } else {
            let block = block(filled);
            threads::each(self.threads, above.blocks(filters, filled, block), |mut part| {
                part.of_sums(level, self.relu, filters, filled);
            });
            of_x.then(|| self.gradient_of_x(level, made.as_deref().unwrap_or(gradient)))
        };
        let of_sums = made.as_deref().unwrap_or(gradient);
        let (weight, bias) = self.gradient_of_weight(level, of_sums);
        ConvolutionGradients { x: of_x, weight, bias }
    }

    /// Of a linear layer the gradient of x, where it is asked for, block by block with that of the sums.
    fn linear_backward(&self, level: Level, above: Above, of_x: bool) -> Option<Vec<f32>> {
        let Self { batch, steps, channels, filters, .. } = *self;
        let (filled, wide) = (padded(filters), padded(channels));
        let block = block(filled.max(wide));
        if !of_x {
            threads::each(self.threads, above.blocks(filters, filled, block), |mut part| {
                part.of_sums(level, self.relu, filters, filled);
            });
            return None;
        }
        let turned = Packed::transposed(level, self.weight, filters, [filters, channels]);
        let mut of_x = Room::new(batch * steps * channels);
        let parts = above.blocks(filters, filled, block);
        let blocks: Vec<_> = of_x.blocks(1, block * channels).zip(parts).collect();
        threads::each(self.threads, blocks, |(to, mut part)| {
            let to = to.zeros();
            let rows = to.len() / channels;
            let of_sums = part.of_sums(level, self.relu, filters, filled);
            let mut own = (channels < wide).then(|| Buffer::new(rows * wide));
            let result = own.as_deref_mut().unwrap_or(to);
            let left = Left { data: of_sums, stride: filled };
            level.run(Product::new(rows, left, turned.panels(), Start::Zero, result, wide));
            if let Some(own) = own {
                copy_rows(&own, wide, to, channels);
            }
        });
        Some(of_x.into_numbers())
    }

    fn gradient_of_x(&self, level: Level, of_sums: &[f32]) -> Vec<f32> {
        let Self { batch, steps, channels, filters, taps, .. } = *self;
        let (filled, wide) = (padded(filters), padded(channels));
        let turned: Vec<_> = self
            .weight
            .chunks_exact(channels * filters)
            .map(|weight| Packed::transposed(level, weight, filters, [filters, channels]))
            .collect();
        let mut of_x = Room::new(batch * steps * channels);
        let sequences: Vec<_> = of_x
            .blocks(batch, steps * channels)
            .zip(of_sums.chunks_exact(taps.outputs * filled))
            .collect();
        threads::each(self.threads, sequences, |(to, of_sums)| {
            // From the first step that the first output sees on.
            let reach = taps.reach(taps.outputs).max(taps.before + steps);
            let mut sums = Buffer::zeros(reach * wide);
            let block = block(wide);
            for first in (0..taps.outputs).step_by(block) {
                let rows = block.min(taps.outputs - first);
                for (tap, weight) in turned.iter().enumerate() {
                    let left = Left { data: &of_sums[first * filled..], stride: filled };
                    let at = first * taps.stride + tap * taps.dilation;
                    let result = &mut sums[at * wide..];
                    let (panels, stride) = (weight.panels(), taps.stride * wide);
                    level.run(Product::new(rows, left, panels, Start::Result, result, stride));
                }
            }
            copy_rows(&sums[taps.before * wide..], wide, to.zeros(), channels);
        });
        of_x.into_numbers()
    }

    fn gradient_of_weight(&self, level: Level, of_sums: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let Self { batch, steps, channels, filters, taps, .. } = *self;
        let right: Vec<_> = of_sums.chunks_exact(padded(filters)).collect();
        let mut weight = vec![0.0; self.weight.len()];
        let mut bias = vec![0.0; filters];
        // Each sequence with the zeros around it that are seen.
        let reach = taps.reach(taps.outputs);
        let around = (!taps.is_linear(steps)).then(|| {
            let mut around = Buffer::new(batch * reach * channels);
            let sequences: Vec<_> = around
                .chunks_exact_mut((reach * channels).max(1))
                .zip(self.x.chunks_exact((steps * channels).max(1)))
                .collect();
            threads::each(self.threads, sequences, |(to, x)| {
                copy_steps(x, channels, (0, taps.before), to);
            });
            around
        });
        let seen = around.as_deref().unwrap_or(self.x);
        let rows = |tap: usize| -> Vec<&[f32]> {
            let row = |sequence: usize, output: usize| {
                let step = output * taps.stride + tap * taps.dilation;
                &seen[(sequence * reach + step) * channels..(sequence + 1) * reach * channels]
            };
            (0..batch)
                .flat_map(|sequence| (0..taps.outputs).map(move |output| row(sequence, output)))
                .collect()
        };
        let parts = if taps.dilation == 1 {
            vec![Part { left: rows(0), result: &mut weight }]
        } else {
            let of_taps = weight.chunks_exact_mut((channels * filters).max(1)).enumerate();
            of_taps.map(|(tap, result)| Part { left: rows(tap), result }).collect()
        };
        weight_gradient::sum(level, self.threads, parts, &right, filters, &mut bias);
        (weight, bias)
    }

    fn check(&self) {
        let Self { batch, steps, channels, filters, taps, .. } = *self;
        assert!(filters > 0 && channels > 0 && taps.kernel > 0, "a weight without numbers");
        assert!(taps.outputs > 0 && batch > 0, "no outputs");
        assert_eq!(self.x.len(), batch * steps * channels, "numbers of x");
        assert_eq!(self.weight.len(), taps.kernel * channels * filters, "numbers of W");
        assert!(self.bias.is_empty() || self.bias.len() == filters, "numbers of b");
    }
}

/// What comes from above in a backward pass.
struct Above<'a> {
    gradient: &'a [f32],
    y: &'a [f32],
    /// Room for the gradient of the sums, where it is not the given one.
    made: Option<&'a mut [f32]>,
}

impl<'a> Above<'a> {
    /// So many rows each.
    fn blocks(self, filters: usize, filled: usize, rows: usize) -> Vec<Above<'a>> {
        let Self { gradient, y, made } = self;
        let mut made = made.map(|made| made.chunks_mut(rows * filled));
        let blocks = gradient.chunks(rows * filters).zip(y.chunks(rows * filters));
        blocks
            .map(|(gradient, y)| Above {
                gradient,
                y,
                made: made.as_mut().and_then(Iterator::next),
            })
            .collect()
    }

    /// The gradient of the sums, in rows of `filled` numbers.
    fn of_sums(&mut self, level: Level, relu: bool, filters: usize, filled: usize) -> &[f32] {
        let Self { gradient, y, made } = self;
        match made {
            None => gradient,
            Some(made) => {
                let cut = relu.then_some(*y);
                let to = &mut **made;
                level.run(Upstream { gradient, made: cut, width: filters, to, stride: filled });
                made
            }
        }
    }
}

/// Copies steps of a sequence `x`, from `first − before` on, as many as there is room for; zeros where it
/// has none.
fn copy_steps(x: &[f32], channels: usize, (first, before): (usize, usize), to: &mut [f32]) {
    let (steps, room) = (x.len() / channels, to.len() / channels);
    // Zeros, steps, and zeros.
    let lead = before.saturating_sub(first).min(room);
    let from = (first + lead).saturating_sub(before).min(steps);
    let count = (steps - from).min(room - lead);
    to[..lead * channels].fill(0.0);
    to[lead * channels..][..count * channels]
        .copy_from_slice(&x[from * channels..][..count * channels]);
    to[(lead + count) * channels..].fill(0.0);
}
