//! Sums of outer products, `result[m, n] += Σ_k left_k[m] right_k[n]`: what gradients of
//! weights are.
//!
//! Both sides are read where they lie, row by row, so that nothing has to be packed. Every
//! number of the result is summed in the order of the terms, whatever the tiles. The sum of
//! the right-hand sides alone, of which gradients of biases are made, comes along while they
//! are in the cache.

use crate::parts::tiles;
use crate::simd::{Op, Simd};
use crate::tile::{self, Cut};

/// Terms whose part of one panel stays in the core's own cache, together with what it meets.
const MAX_DEPTH: usize = 256;

/// What is summed, and to what it is added.
pub struct OuterProducts<'a> {
    /// `left_k` in its first numbers.
    pub left: &'a [&'a [f32]],
    /// Rows of the result.
    pub rows: usize,
    /// `right_k` in its numbers from `right_first` on, one for each `left_k`.
    pub right: &'a [&'a [f32]],
    /// See [`Self::right`].
    pub right_first: usize,
    /// Columns of the result, in whole cache lines.
    pub columns: usize,
    /// `[rows, columns]` with `stride` numbers from row to row.
    pub result: &'a mut [f32],
    /// See [`Self::result`].
    pub stride: usize,
    /// `Σ_k right_k` is added to it, `[columns]`; empty where it is not asked for.
    pub total: &'a mut [f32],
}

impl Op for OuterProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { left, rows, right, right_first, columns, result, stride, total } = self;
        assert_eq!(left.len(), right.len(), "a term has two sides");
        for (k, depth) in tiles(left.len(), MAX_DEPTH) {
            let (left, right) = (&left[k..k + depth], &right[k..k + depth]);
            for (column, vectors) in tiles(columns / S::WIDTH, S::PANEL) {
                let (column, width) = (column * S::WIDTH, vectors * S::WIDTH);
                for (row, count) in tiles(rows, S::TILE) {
                    let result = &mut result[row * stride + column..];
                    let cut =
                        Part { left, row, right, column: right_first + column, result, stride };
                    cut.run(s, count, vectors);
                }
                if let Some(total) = total.get_mut(column..column + width) {
                    match vectors {
                        1 => add_rows::<S, 1>(s, right, right_first + column, total),
                        2 => add_rows::<S, 2>(s, right, right_first + column, total),
                        _ => add_rows::<S, 3>(s, right, right_first + column, total),
                    }
                }
            }
        }
    }
}

/// The part that one tile computes.
struct Part<'a> {
    left: &'a [&'a [f32]],
    row: usize,
    right: &'a [&'a [f32]],
    column: usize,
    result: &'a mut [f32],
    stride: usize,
}

impl Cut for Part<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(self, s: S) {
        let Self { left, row, right, column, result, stride } = self;
        let terms = left.iter().zip(right);
        let terms =
            terms.map(|(left, right)| (&left[row..row + M], &right[column..][..N * S::WIDTH]));
        tile::sum_outer::<S, M, N>(s, result, stride, false, terms);
    }
}

/// Adds `N` vectors of every row from `first` on to those of `to`, in the rows' order.
#[inline(always)]
fn add_rows<S: Simd, const N: usize>(s: S, rows: &[&[f32]], first: usize, to: &mut [f32]) {
    let mut sums = tile::load::<S, 1, N>(s, to, 0);
    for row in rows {
        tile::add(s, &mut sums, &row[first..first + N * S::WIDTH], |_| 1.0);
    }
    tile::store(s, &sums, to, 0);
}
