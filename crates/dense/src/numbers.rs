//! What is done to rows of numbers between products.

use tiles::{Op, Simd, sum};

/// The sum of `value` over all places of two rows of the same length: with vectors, and what is left over
/// number by number.
#[inline(always)]
pub(crate) fn sum_of<S: Simd>(
    s: S,
    left: &[f32],
    right: &[f32],
    add: impl Fn(S::V, S::V, S::V) -> S::V,
    add_one: impl Fn(f32, f32, f32) -> f32,
) -> f32 {
    let mut sums = s.splat(0.0);
    let (mut lefts, mut rights) = (left.chunks_exact(S::WIDTH), right.chunks_exact(S::WIDTH));
    for (left, right) in (&mut lefts).zip(&mut rights) {
        sums = add(s.load(left), s.load(right), sums);
    }
    let mut sum = sum(s, sums);
    for (left, right) in lefts.remainder().iter().zip(rights.remainder()) {
        sum = add_one(*left, *right, sum);
    }
    sum
}

/// 0 in the place of negative numbers.
pub(crate) struct Relu<'a>(pub &'a mut [f32]);

impl Op for Relu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let mut vectors = self.0.chunks_exact_mut(S::WIDTH);
        for vector in &mut vectors {
            let value = s.load(vector);
            s.store(s.where_positive(value, value), vector);
        }
        for value in vectors.into_remainder() {
            // As the vectors: NaN stays.
            *value = if *value <= 0.0 { 0.0 } else { *value };
        }
    }
}

/// Rows of a gradient, filled up with zeros to `stride` numbers; where `made` is given, without those of
/// numbers that were cut off: that are not above 0.
pub(crate) struct Upstream<'a> {
    pub gradient: &'a [f32],
    pub made: Option<&'a [f32]>,
    pub width: usize,
    pub to: &'a mut [f32],
    pub stride: usize,
}

impl Op for Upstream<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { gradient, made, width, to, stride } = self;
        let rows = gradient.chunks_exact(width).zip(to.chunks_exact_mut(stride));
        for (row, (from, to)) in rows.enumerate() {
            let made = made.map(|made| &made[row * width..][..width]);
            let whole = width - width % S::WIDTH;
            for at in (0..whole).step_by(S::WIDTH) {
                let value = s.load(&from[at..]);
                let value = match made {
                    Some(made) => s.where_positive(s.load(&made[at..]), value),
                    None => value,
                };
                s.store(value, &mut to[at..]);
            }
            for at in whole..width {
                let is_cut = made.is_some_and(|made| made[at] <= 0.0);
                to[at] = if is_cut { 0.0 } else { from[at] };
            }
            to[width..].fill(0.0);
        }
    }
}

/// Copies rows that are `from_stride` and `to_stride` numbers apart, as many numbers as the narrower has.
pub(crate) fn copy_rows(from: &[f32], from_stride: usize, to: &mut [f32], to_stride: usize) {
    let width = from_stride.min(to_stride);
    for (from, to) in from.chunks_exact(from_stride).zip(to.chunks_exact_mut(to_stride)) {
        to[..width].copy_from_slice(&from[..width]);
    }
}
