//! Between the rows of a group and the tensors of the caller, where the steps of a sequence
//! lie one after another: each row of one step is far from the next, so that none would come
//! near in time if it were not asked for one step ahead.

use super::simd::{LINE, Op, Simd};

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
            let mut to = to[place * width..][..width].chunks_exact_mut(S::WIDTH);
            let mut from = from[..width].chunks_exact(S::WIDTH);
            for (from, to) in (&mut from).zip(&mut to) {
                s.store(s.load(from), to);
            }
            for (to, from) in to.into_remainder().iter_mut().zip(from.remainder()) {
                *to = *from;
            }
        }
    }
}
