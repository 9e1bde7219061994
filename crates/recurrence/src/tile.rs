//! Tiles of a matrix of sums: few rows of few vectors, which stay in registers while they are
//! added to.

use super::simd::{Op, Simd};

/// Cuts `rows` into tiles of at most `tile` rows that differ by at most one: the first row
/// and the number of rows of each; none of no rows.
pub(super) fn tiles(rows: usize, tile: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let count = rows.div_ceil(tile);
    let (size, larger) = (rows / count.max(1), rows % count.max(1));
    let mut next = 0;
    (0..count).map(move |index| {
        let (first, size) = (next, size + usize::from(index < larger));
        next = first + size;
        (first, size)
    })
}

/// What is computed for one tile, whose size becomes known at run time only.
pub(super) trait Cut: Sized {
    /// The computation for `M` rows of `N` vectors.
    fn tile<const M: usize, const N: usize>(self) -> impl Op<Output = ()>;

    /// Runs it for `rows` rows of `vectors` vectors, at most what the instruction set takes.
    #[inline(always)]
    fn run<S: Simd>(self, s: S, rows: usize, vectors: usize) {
        match vectors {
            1 => self.rows::<S, 1>(s, rows),
            2 => self.rows::<S, 2>(s, rows),
            3 => self.rows::<S, 3>(s, rows),
            _ => unreachable!("no instruction set has wider tiles"),
        }
    }

    /// Runs it for `N` vectors.
    #[inline(always)]
    fn rows<S: Simd, const N: usize>(self, s: S, rows: usize) {
        match rows {
            0 => {}
            1 => s.enter(self.tile::<1, N>()),
            2 => s.enter(self.tile::<2, N>()),
            3 => s.enter(self.tile::<3, N>()),
            4 => s.enter(self.tile::<4, N>()),
            5 => s.enter(self.tile::<5, N>()),
            6 => s.enter(self.tile::<6, N>()),
            7 => s.enter(self.tile::<7, N>()),
            8 => s.enter(self.tile::<8, N>()),
            _ => unreachable!("no instruction set has higher tiles"),
        }
    }
}

/// The sums of one tile.
pub(super) type Sums<S, const M: usize, const N: usize> = [[<S as Simd>::V; N]; M];

/// Zeros. No instruction set is asked for larger tiles than it has.
#[inline(always)]
pub(super) fn zeros<S: Simd, const M: usize, const N: usize>(s: S) -> Sums<S, M, N> {
    if M > S::TILE || N > S::PANEL {
        unreachable!("larger than this instruction set's tiles");
    }
    [[s.splat(0.0); N]; M]
}

/// The tile at the start of `from`, `stride` numbers from row to row; of a `stride` of 0 the
/// same row everywhere.
#[inline(always)]
pub(super) fn load<S: Simd, const M: usize, const N: usize>(
    s: S,
    from: &[f32],
    stride: usize,
) -> Sums<S, M, N> {
    let mut sums = zeros::<S, M, N>(s);
    for (m, sums) in sums.iter_mut().enumerate() {
        let row = &from[m * stride..][..N * S::WIDTH];
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = s.load(&row[n * S::WIDTH..]);
        }
    }
    sums
}

/// Writes a tile to the start of `to`, `stride` numbers from row to row.
#[inline(always)]
pub(super) fn store<S: Simd, const M: usize, const N: usize>(
    s: S,
    sums: &Sums<S, M, N>,
    to: &mut [f32],
    stride: usize,
) {
    for (m, sums) in sums.iter().enumerate() {
        let row = &mut to[m * stride..][..N * S::WIDTH];
        for (n, sum) in sums.iter().enumerate() {
            s.store(*sum, &mut row[n * S::WIDTH..]);
        }
    }
}

/// Adds `value(m) · row[n]`, where `row` has `N` vectors.
#[inline(always)]
pub(super) fn add<S: Simd, const M: usize, const N: usize>(
    s: S,
    sums: &mut Sums<S, M, N>,
    row: &[f32],
    value: impl Fn(usize) -> f32,
) {
    let mut vectors = [s.splat(0.0); N];
    for (n, vector) in vectors.iter_mut().enumerate() {
        *vector = s.load(&row[n * S::WIDTH..]);
    }
    for (m, sums) in sums.iter_mut().enumerate() {
        let value = s.splat(value(m));
        for (sum, vector) in sums.iter_mut().zip(vectors) {
            *sum = s.mul_add(value, vector, *sum);
        }
    }
}
