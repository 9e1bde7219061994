//! Matrix products with a right-hand side that is packed once and used many times.
//!
//! Every number of the result is summed in the order of the depth, whatever the tiles:
//! cutting the rows differently changes no bit.

use crate::panels::Panels;
use crate::parts::tiles;
use crate::simd::{LINE, Op, Simd};
use crate::tile::{self, Cut, Sums};

/// The most rows of a panel that are used at a time.
const MAX_DEPTH: usize = 256;

/// The left-hand side of a product, `[rows, depth]`, row-major.
#[derive(Debug, Clone, Copy)]
pub struct Left<'a> {
    /// Its first row and all that follows.
    pub data: &'a [f32],
    /// Numbers from row to row.
    pub stride: usize,
}

impl Left<'_> {
    /// What begins at a row and in it at the `k`-th number.
    #[inline]
    fn at(self, row: usize, k: usize) -> Self {
        Self { data: &self.data[row * self.stride + k..], ..self }
    }
}

/// What a product is added to.
#[derive(Debug, Clone, Copy)]
pub enum Start<'a> {
    /// Nothing.
    Zero,
    /// What is in the result already.
    Result,
    /// The same row everywhere, as wide as the packed columns.
    Row(&'a [f32]),
}

/// One product: `result[m, n] = start + Σ_k left[m, k] right[k, n]`.
pub struct Product<'a> {
    /// Rows of the result.
    pub rows: usize,
    /// `[rows, depth]`
    pub left: Left<'a>,
    /// `[depth, columns]`
    pub right: Panels<'a>,
    /// What it is added to.
    pub start: Start<'a>,
    /// Another product into the same columns, which is added before this one.
    pub before: Option<(Left<'a>, Panels<'a>)>,
    /// What is read or written soon after and lies far away: it is asked for while there is
    /// only arithmetic to do, as far as there is time.
    pub ahead: [&'a [f32]; 3],
    /// `[rows, columns]` with `stride` numbers from row to row.
    pub result: &'a mut [f32],
    /// See [`Self::result`].
    pub stride: usize,
}

impl<'a> Product<'a> {
    /// One that stands by itself.
    #[inline]
    pub fn new(
        rows: usize,
        left: Left<'a>,
        right: Panels<'a>,
        start: Start<'a>,
        result: &'a mut [f32],
        stride: usize,
    ) -> Self {
        Self { rows, left, right, start, before: None, ahead: [&[]; 3], result, stride }
    }
}

impl Op for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { rows, left, right, start, before, mut ahead, result, stride } = self;
        assert!(before.is_none_or(|(_, other)| other.columns == right.columns), "the same columns");
        for (first, width) in right.cut() {
            let panel = right.panel((first, width));
            // A part of the panel at a time: it stays in the cache for all rows.
            for (k, depth) in tiles(right.depth, MAX_DEPTH) {
                // What comes after this part: the next one, or the next panel.
                let next = right.rest((first, width), k + depth);
                let panel = &panel[k * width..][..depth * width];
                let start = match start {
                    Start::Row(values) if k == 0 => Start::Row(&values[first..first + width]),
                    Start::Zero if k == 0 => Start::Zero,
                    _ => Start::Result,
                };
                let before = before.filter(|_| k == 0);
                for (row, count) in tiles(rows, S::TILE) {
                    let left = left.at(row, k);
                    let before =
                        before.map(|(left, right)| (left.at(row, 0), right.panel((first, width))));
                    // While a panel is used again there is time to look ahead.
                    let next = if row + count == rows {
                        next
                    } else {
                        let some = ahead.iter_mut().find(|rest| !rest.is_empty());
                        some.map_or(&[][..], |rest| {
                            rest.split_off(..rest.len().min(depth * width)).unwrap_or_default()
                        })
                    };
                    let result = &mut result[row * stride + first..];
                    let cut = Part { left, panel, next, start, before, result, stride };
                    cut.run(s, count, width / S::WIDTH);
                }
            }
        }
    }
}

/// The part of a product that one tile computes.
struct Part<'a> {
    left: Left<'a>,
    panel: &'a [f32],
    /// What is needed next and may be far away.
    next: &'a [f32],
    start: Start<'a>,
    /// The left-hand side and the panel of what is added before.
    before: Option<(Left<'a>, &'a [f32])>,
    result: &'a mut [f32],
    stride: usize,
}

impl Cut for Part<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(self, s: S) {
        let Self { left, panel, next, start, before, result, stride } = self;
        // The next tile's results lie far apart: none would come in time by itself.
        for m in M..2 * M {
            s.prefetch(result, m * stride);
        }
        let mut sums = match start {
            Start::Zero => tile::zeros::<S, M, N>(s),
            Start::Result => tile::load(s, result, stride),
            Start::Row(values) => tile::load(s, values, 0),
        };
        if let Some((left, panel)) = before {
            add::<S, M, N>(s, &mut sums, left, panel, &[]);
        }
        add::<S, M, N>(s, &mut sums, left, panel, next);
        tile::store(s, &sums, result, stride);
    }
}

/// Adds `Σ_k left[m, k] panel[k, n]`.
#[inline(always)]
fn add<S: Simd, const M: usize, const N: usize>(
    s: S,
    sums: &mut Sums<S, M, N>,
    left: Left,
    panel: &[f32],
    next: &[f32],
) {
    /// Rows of the panel that the loop takes at a time, so that counting costs little.
    const UNROLLED: usize = 4;
    let width = N * S::WIDTH;
    let depth = panel.len() / width;
    let Left { data, stride } = left;
    assert!((M - 1) * stride + depth <= data.len(), "the left-hand side is too short");
    let left = |m: usize, k: usize| {
        debug_assert!(m < M && k < depth && m * stride + k < data.len());
        // SAFETY: m < M and k < depth, so the assertion above covers it.
        unsafe { *data.get_unchecked(m * stride + k) }
    };
    let mut rows = panel.chunks_exact(UNROLLED * width);
    let mut k = 0;
    for rows in &mut rows {
        for row in rows.chunks_exact(width) {
            add_row(s, sums, row, next, k, &left);
            k += 1;
        }
    }
    for row in rows.remainder().chunks_exact(width) {
        add_row(s, sums, row, next, k, &left);
        k += 1;
    }
}

/// Adds `left(m, k) right[n]`.
#[inline(always)]
fn add_row<S: Simd, const M: usize, const N: usize>(
    s: S,
    sums: &mut Sums<S, M, N>,
    right: &[f32],
    next: &[f32],
    k: usize,
    left: &impl Fn(usize, usize) -> f32,
) {
    if !next.is_empty() {
        for line in (0..right.len()).step_by(LINE) {
            s.prefetch(next, k * right.len() + line);
        }
    }
    tile::add(s, sums, right, |m| left(m, k));
}
