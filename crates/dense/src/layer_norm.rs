//! Layer normalisation.

use tiles::{Level, Op, Room, Simd, threads, without_vanished};

use crate::numbers::sum_of;

/// Rows that a thread computes at a time, and whose part of the gradients of scale and shift is one sum.
const BLOCK: usize = 64;

/// y = a(γ ⊙ (x − μ) / √(σ² + ε) + β) of rows, μ and σ² (divided by their number) over the numbers of
/// each; a is ReLU or nothing. Ba, Kiros and Hinton 2016, arXiv:1607.06450.
#[derive(Debug, Clone, Copy)]
pub struct LayerNorm<'a> {
    /// Numbers of a row, at least 1.
    pub width: usize,
    /// ε
    pub epsilon: f32,
    /// Whether negative results are cut off.
    pub relu: bool,
    /// Threads that may be used.
    pub threads: usize,
    /// x, `[rows, width]`.
    pub x: &'a [f32],
    /// γ
    pub scale: &'a [f32],
    /// β, empty for zeros.
    pub shift: &'a [f32],
}

/// The gradients of its operands.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNormGradients {
    /// Of x.
    pub x: Vec<f32>,
    /// Of γ.
    pub scale: Vec<f32>,
    /// Of β.
    pub shift: Vec<f32>,
}

impl LayerNorm<'_> {
    /// y
    ///
    /// # Panics
    /// If a slice is not as long as the sizes say: a caller's mistake.
    pub fn forward(&self) -> Vec<f32> {
        self.forward_at(Level::best())
    }

    pub(crate) fn forward_at(&self, level: Level) -> Vec<f32> {
        self.check();
        let block = BLOCK * self.width;
        let mut y = Room::new(self.x.len());
        let blocks: Vec<_> = y.blocks(1, block).zip(self.x.chunks(block)).collect();
        threads::each(self.threads, blocks, |(y, x)| {
            level.run(Forward { norm: self, x, y: y.zeros() });
        });
        y.into_numbers()
    }

    /// The gradients from that of `y`, which [`Self::forward`] gave.
    ///
    /// # Panics
    /// As that.
    pub fn backward(&self, y: &[f32], gradient: &[f32]) -> LayerNormGradients {
        self.backward_at(Level::best(), y, gradient)
    }

    pub(crate) fn backward_at(
        &self,
        level: Level,
        y: &[f32],
        gradient: &[f32],
    ) -> LayerNormGradients {
        self.check();
        let (width, block) = (self.width, BLOCK * self.width);
        assert_eq!([y.len(), gradient.len()], [self.x.len(); 2], "y and its gradient");
        let mut of_x = Room::new(self.x.len());
        let blocks: Vec<_> = of_x
            .blocks(1, block)
            .zip(self.x.chunks(block))
            .zip(gradient.chunks(block).zip(y.chunks(block)))
            .collect();
        let sums = threads::each(self.threads, blocks, |((of_x, x), (gradient, y))| {
            let (mut sums, of_x) = (vec![0.0; 3 * width], of_x.zeros());
            level.run(Backward { norm: self, x, y, gradient, of_x, sums: &mut sums });
            sums
        });
        let (mut scale, mut shift) = (vec![0.0; width], vec![0.0; width]);
        for sums in sums {
            let parts = sums[..width].iter().zip(&sums[width..2 * width]);
            for ((scale, shift), (of_scale, of_shift)) in
                scale.iter_mut().zip(&mut shift).zip(parts)
            {
                *scale += of_scale;
                *shift += of_shift;
            }
        }
        if self.shift.is_empty() {
            shift.clear();
        }
        LayerNormGradients { x: of_x.into_numbers(), scale, shift }
    }

    fn check(&self) {
        let width = self.width;
        assert!(width > 0 && self.x.len().is_multiple_of(width), "rows");
        assert_eq!(self.scale.len(), width, "numbers of the scale");
        assert!(self.shift.is_empty() || self.shift.len() == width, "numbers of the shift");
    }

    /// μ and 1 / √(σ² + ε) of a row.
    #[inline(always)]
    fn moments<S: Simd>(&self, s: S, x: &[f32]) -> [f32; 2] {
        let count = self.width as f32;
        let mean = sum_of(s, x, x, |x, _, sum| s.add(sum, x), |x, _, sum| sum + x) / count;
        let means = s.splat(mean);
        let square = |x: S::V, _: S::V, sum: S::V| {
            let from_mean = s.sub(x, means);
            s.mul_add(from_mean, from_mean, sum)
        };
        let variance = sum_of(s, x, x, square, |x, _, sum| sum + (x - mean) * (x - mean)) / count;
        [mean, 1.0 / (variance + self.epsilon).sqrt()]
    }
}

struct Forward<'a> {
    norm: &'a LayerNorm<'a>,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Op for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, x, y } = self;
        let LayerNorm { width, relu, scale, shift, .. } = *norm;
        let whole = width - width % S::WIDTH;
        for (x, y) in x.chunks_exact(width).zip(y.chunks_exact_mut(width)) {
            let [mean, rate] = norm.moments(s, x);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            for at in (0..whole).step_by(S::WIDTH) {
                let normed = s.mul(s.sub(s.load(&x[at..]), means), rates);
                let shift = if shift.is_empty() { s.splat(0.0) } else { s.load(&shift[at..]) };
                let value = s.mul_add(normed, s.load(&scale[at..]), shift);
                s.store(if relu { s.where_positive(value, value) } else { value }, &mut y[at..]);
            }
            for at in whole..width {
                let shift = shift.get(at).copied().unwrap_or(0.0);
                let value = (x[at] - mean) * rate * scale[at] + shift;
                y[at] = if relu && value <= 0.0 { 0.0 } else { value };
            }
        }
    }
}

struct Backward<'a> {
    norm: &'a LayerNorm<'a>,
    x: &'a [f32],
    y: &'a [f32],
    gradient: &'a [f32],
    of_x: &'a mut [f32],
    /// Of scale and shift, and room for a row.
    sums: &'a mut [f32],
}

impl Op for Backward<'_> {
    type Output = ();

    /// With ĝ = γ ⊙ g and x̂ the normalised row: (ĝ − mean(ĝ) − x̂ mean(ĝ x̂)) / √(σ² + ε).
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { norm, x, y, gradient, of_x, sums } = self;
        let LayerNorm { width, relu, scale, .. } = *norm;
        let (of_scale, rest) = sums.split_at_mut(width);
        let (of_shift, scaled) = rest.split_at_mut(width);
        let whole = width - width % S::WIDTH;
        let count = width as f32;
        let rows = x.chunks_exact(width).zip(of_x.chunks_exact_mut(width));
        for (row, (x, of_x)) in rows.enumerate() {
            let (y, gradient) = (&y[row * width..][..width], &gradient[row * width..][..width]);
            let [mean, rate] = norm.moments(s, x);
            let (means, rates) = (s.splat(mean), s.splat(rate));
            // x̂ goes to the result for now.
            for at in (0..whole).step_by(S::WIDTH) {
                let normed = s.mul(s.sub(s.load(&x[at..]), means), rates);
                let mut gradient = s.load(&gradient[at..]);
                if relu {
                    gradient = s.where_positive(s.load(&y[at..]), gradient);
                }
                s.store(normed, &mut of_x[at..]);
                s.store(s.mul(gradient, s.load(&scale[at..])), &mut scaled[at..]);
                let sum = s.mul_add(gradient, normed, s.load(&of_scale[at..]));
                s.store(sum, &mut of_scale[at..]);
                s.store(s.add(gradient, s.load(&of_shift[at..])), &mut of_shift[at..]);
            }
            for at in whole..width {
                let normed = (x[at] - mean) * rate;
                let gradient = if relu && y[at] <= 0.0 { 0.0 } else { gradient[at] };
                of_x[at] = normed;
                scaled[at] = gradient * scale[at];
                of_scale[at] += gradient * normed;
                of_shift[at] += gradient;
            }
            let sum = |left: &[f32], right: &[f32]| {
                sum_of(s, left, right, |a, b, sum| s.mul_add(a, b, sum), |a, b, sum| sum + a * b)
            };
            let plain =
                sum_of(s, scaled, scaled, |x, _, sum| s.add(sum, x), |x, _, sum| sum + x) / count;
            let along = sum(scaled, of_x) / count;
            let (plains, alongs) = (s.splat(plain), s.splat(along));
            for at in (0..whole).step_by(S::WIDTH) {
                let rest = s.sub(s.load(&scaled[at..]), plains);
                let value = s.mul(s.neg_mul_add(s.load(&of_x[at..]), alongs, rest), rates);
                s.store(without_vanished(s, value), &mut of_x[at..]);
            }
            for at in whole..width {
                of_x[at] = (scaled[at] - plain - of_x[at] * along) * rate;
            }
        }
    }
}
