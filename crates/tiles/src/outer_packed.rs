//! [Sums of outer products](super::outer) of many terms with many numbers each: more than a
//! core's own cache holds.
//!
//! Some terms at a time, both sides are brought together in the order in which tiles read
//! them; how many changes no bit. Rows that lie a page apart would else have each its own
//! entry in the cache of addresses, and share few lines of the cache.

use crate::buffer::Buffer;
use crate::parts::tiles;
use crate::simd::{LINE, Op, Simd, padded};
use crate::tile::{self, Cut};

/// Terms at a time, at most: those of one panel stay in the core's own cache.
const MAX_DEPTH: usize = 384;

/// `result[m, n] = Σ_k left_k[m] right_k[n]`, whatever it held before, where the columns come
/// in blocks that are filled up on the right-hand side and not in the result.
pub struct PackedOuterProducts<'a> {
    /// `left_k` in its numbers from `first` on.
    pub left: &'a [&'a [f32]],
    /// See [`Self::left`].
    pub first: usize,
    /// Rows of the result.
    pub rows: usize,
    /// `right_k` in its numbers from `right_first` on, one for each `left_k`.
    pub right: &'a [&'a [f32]],
    /// See [`Self::right`].
    pub right_first: usize,
    /// Blocks of columns.
    pub blocks: usize,
    /// Numbers of a block on the right-hand side, in whole cache lines.
    pub filled: usize,
    /// Those of them that count, side by side in the result.
    pub block: usize,
    /// `[rows, blocks·block]` with `stride` numbers from row to row.
    pub result: &'a mut [f32],
    /// See [`Self::result`].
    pub stride: usize,
    /// `Σ_k right_k` is added to it, `[blocks·block]`; empty where it is not asked for.
    pub total: &'a mut [f32],
    /// Where the left-hand sides are brought together, of as many terms at a time as there is
    /// room for; at least for one.
    pub room: &'a mut [f32],
}

impl Op for PackedOuterProducts<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self { left, first, rows, right, right_first, blocks, filled, block, .. } = self;
        let Self { result, stride, total, room, .. } = self;
        assert_eq!(left.len(), right.len(), "a term has two sides");
        assert_eq!(filled, padded(block), "filled up to whole cache lines");
        let most = (room.len() / rows).min(MAX_DEPTH);
        assert!(most > 0, "no room for the left-hand sides");
        let mut packed = Buffer::new(most * S::PANEL * S::WIDTH);
        let panels: Vec<Panel> = (0..blocks)
            .flat_map(|index| {
                tiles(filled / S::WIDTH, S::PANEL).map(move |(vector, vectors)| {
                    let column = vector * S::WIDTH;
                    // What only fills up has no place in the result.
                    let valid = (vectors * S::WIDTH).min(block.saturating_sub(column));
                    let (from, to) = (right_first + index * filled, index * block);
                    Panel { from: from + column, vectors, to: to + column, valid }
                })
            })
            .filter(|panel| panel.valid > 0)
            .collect();
        for (k, depth) in tiles(left.len(), most) {
            pack_left::<S>(&left[k..k + depth], first, rows, room);
            for (index, &Panel { from, vectors, to, valid }) in panels.iter().enumerate() {
                let width = vectors * S::WIDTH;
                let packed = &mut packed[..depth * width];
                pack_right(s, &right[k..k + depth], from, packed);
                if let Some(total) = total.get_mut(to..to + valid) {
                    add_total(packed, width, total);
                }
                // What is brought together next lies far apart: while there is only
                // arithmetic to do, it is asked for.
                let (mut ahead, next) = match panels.get(index + 1) {
                    Some(panel) => (&right[k..k + depth], panel.from),
                    None => (&right[k + depth..], right_first),
                };
                let share = depth.div_ceil(rows.div_ceil(S::TILE));
                for (row, count) in tiles(rows, S::TILE) {
                    let left = &room[row * depth..][..count * depth];
                    let result = &mut result[row * stride + to..];
                    let part = Part { left, right: packed, result, stride, fresh: k == 0 };
                    part.run_valid(s, count, vectors, valid);
                    let (now, later) = ahead.split_at(share.min(ahead.len()));
                    ahead = later;
                    for row in now {
                        for line in (0..S::PANEL * S::WIDTH).step_by(LINE) {
                            s.prefetch(row, next + line);
                        }
                    }
                }
            }
        }
    }
}

/// Columns that are computed together.
struct Panel {
    /// The first on the right-hand side.
    from: usize,
    vectors: usize,
    /// The first of the result, and how many of them it has.
    to: usize,
    valid: usize,
}

/// Brings the numbers of all terms that a tile meets together, term by term, tile by tile.
#[inline(always)]
fn pack_left<S: Simd>(left: &[&[f32]], first: usize, rows: usize, to: &mut [f32]) {
    let depth = left.len();
    for (k, left) in left.iter().enumerate() {
        let left = &left[first..first + rows];
        for (row, count) in tiles(rows, S::TILE) {
            let to = &mut to[row * depth + k * count..][..count];
            let from = &left[row..row + count];
            match (to.as_chunks_mut::<8>(), from.as_chunks::<8>()) {
                // Most tiles are as high, and a copy of known size is fastest.
                (([to], []), ([from], [])) => *to = *from,
                _ => to.copy_from_slice(from),
            }
        }
    }
}

/// Brings the numbers of a panel together, term by term.
#[inline(always)]
fn pack_right<S: Simd>(s: S, right: &[&[f32]], first: usize, to: &mut [f32]) {
    let width = to.len() / right.len();
    for (right, to) in right.iter().zip(to.chunks_exact_mut(width)) {
        let right = right[first..first + width].chunks_exact(S::WIDTH);
        for (to, from) in to.chunks_exact_mut(S::WIDTH).zip(right) {
            s.store(s.load(from), to);
        }
    }
}

/// Adds the sum of the rows of a panel, as far as it is valid.
fn add_total(panel: &[f32], width: usize, total: &mut [f32]) {
    for row in panel.chunks_exact(width) {
        for (total, value) in total.iter_mut().zip(row) {
            *total += value;
        }
    }
}

/// The part that one tile computes.
struct Part<'a> {
    /// `[depth, rows]`
    left: &'a [f32],
    /// `[depth, columns]`
    right: &'a [f32],
    result: &'a mut [f32],
    stride: usize,
    /// Whether nothing was added to the result before.
    fresh: bool,
}

impl Part<'_> {
    /// Runs it for a tile of which the first `valid` columns are in the result.
    #[inline(always)]
    fn run_valid<S: Simd>(self, s: S, rows: usize, vectors: usize, valid: usize) {
        /// The largest tile.
        const MOST: usize = 8 * 3 * LINE;
        let width = vectors * S::WIDTH;
        if valid == width {
            self.run(s, rows, vectors);
            return;
        }
        let Self { left, right, result, stride, fresh } = self;
        let mut whole = [0.0; MOST];
        for (row, whole) in whole.chunks_exact_mut(width).take(rows).enumerate() {
            whole[..valid].copy_from_slice(&result[row * stride..][..valid]);
        }
        Part { left, right, result: &mut whole, stride: width, fresh }.run(s, rows, vectors);
        for (row, whole) in whole.chunks_exact(width).take(rows).enumerate() {
            result[row * stride..][..valid].copy_from_slice(&whole[..valid]);
        }
    }
}

impl Cut for Part<'_> {
    #[inline(always)]
    fn tile<S: Simd, const M: usize, const N: usize>(self, s: S) {
        let Self { left, right, result, stride, fresh } = self;
        let terms = left.chunks_exact(M).zip(right.chunks_exact(N * S::WIDTH));
        tile::sum_outer::<S, M, N>(s, result, stride, fresh, terms);
    }
}
