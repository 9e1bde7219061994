//! Between the rows of a group and the tensors of the caller, where the steps of a sequence
//! lie one after another: each row of one step is far from the next, so that none would come
//! near in time if it were not asked for one step ahead.

use tiles::{LINE, Op, Simd};

/// Adds `from(row)` to the start of each row of `to`.
pub(super) struct AddRows<'a, F, N> {
    pub from: F,
    /// What is added to the row the next time.
    pub next: N,
    /// `[rows, stride]`
    pub to: &'a mut [f32],
    pub stride: usize,
}

impl<'f, F: Fn(usize) -> &'f [f32], N: Fn(usize) -> &'f [f32]> Op for AddRows<'_, F, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (row, to) in self.to.chunks_exact_mut(self.stride).enumerate() {
            let next = (self.next)(row);
            for line in (0..next.len()).step_by(LINE) {
                s.prefetch(next, line);
            }
            let mut from = (self.from)(row).chunks_exact(S::WIDTH);
            let mut to = to.chunks_exact_mut(S::WIDTH);
            for (from, to) in (&mut from).zip(&mut to) {
                s.store(s.add(s.load(to), s.load(from)), to);
            }
            let rest = from.remainder();
            if !rest.is_empty()
                && let Some(to) = to.next()
            {
                for (to, from) in to.iter_mut().zip(rest) {
                    *to += from;
                }
            }
        }
    }
}

/// Copies `from(row)` to each row of `to`.
pub(super) struct GatherRows<'a, F> {
    pub from: F,
    /// `[rows, width]`
    pub to: &'a mut [f32],
    pub width: usize,
}

impl<'f, F: Fn(usize) -> &'f [f32]> Op for GatherRows<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        for (row, to) in self.to.chunks_exact_mut(self.width).enumerate() {
            copy(s, (self.from)(row), to);
        }
    }
}

/// For rows so short that a call of the system's copy would cost more than they do.
#[inline(always)]
fn copy<S: Simd>(s: S, from: &[f32], to: &mut [f32]) {
    let mut to = to.chunks_exact_mut(S::WIDTH);
    let mut from = from.chunks_exact(S::WIDTH);
    for (from, to) in (&mut from).zip(&mut to) {
        s.store(s.load(from), to);
    }
    for (to, from) in to.into_remainder().iter_mut().zip(from.remainder()) {
        *to = *from;
    }
}

/// Copies the start of each row of `from` to a place in a row of `to`.
pub(super) struct CopyRows<'a, 'r, P> {
    /// `[rows, stride]`
    pub from: &'a [f32],
    pub stride: usize,
    pub to: &'a mut [&'r mut [f32]],
    /// Numbers to copy; a place counts so many.
    pub width: usize,
    /// The place in each row, and the one of the next time.
    pub place: P,
}

impl<P: Fn(usize) -> (usize, usize)> Op for CopyRows<'_, '_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let width = self.width;
        for (row, (from, to)) in self.from.chunks_exact(self.stride).zip(self.to).enumerate() {
            let (place, next) = (self.place)(row);
            for line in (0..width).step_by(LINE) {
                s.prefetch(to, next * width + line);
            }
            copy(s, &from[..width], &mut to[place * width..][..width]);
        }
    }
}

/// `to[m, n] = Σ_k left[m, k] right[n, k]` for so few n that a product of matrices would
/// compute mostly what fills up its vectors.
pub(super) struct Dots<'a> {
    /// `[rows, depth]`, `stride` numbers from row to row.
    pub left: &'a [f32],
    pub stride: usize,
    /// `[columns, depth]`, in whole cache lines.
    pub right: &'a [f32],
    pub depth: usize,
    /// `[rows, to_stride]`
    pub to: &'a mut [f32],
    pub to_stride: usize,
}

impl Op for Dots<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        /// Sums side by side: one alone would wait for itself.
        const N: usize = 4;
        let rows = self.left.chunks(self.stride).zip(self.to.chunks_exact_mut(self.to_stride));
        for (left, to) in rows {
            for (right, to) in self.right.chunks_exact(self.depth).zip(to) {
                let mut sums = [s.splat(0.0); N];
                let vectors = left[..self.depth].chunks_exact(S::WIDTH);
                for (k, (left, right)) in vectors.zip(right.chunks_exact(S::WIDTH)).enumerate() {
                    sums[k % N] = s.mul_add(s.load(left), s.load(right), sums[k % N]);
                }
                let [a, b, c, d] = sums;
                let mut lanes = [0.0; LINE];
                s.store(s.add(s.add(a, b), s.add(c, d)), &mut lanes);
                *to = lanes.iter().sum();
            }
        }
    }
}
