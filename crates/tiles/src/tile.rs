//! Tiles of a matrix of sums: few rows of few vectors, which stay in registers while they are
//! added to.

use crate::simd::{Op, Simd};

/// What is computed for one tile, whose size becomes known at run time only.
pub trait Cut: Sized {
    /// The computation for `M` rows of `N` vectors. Must be `#[inline(always)]`, as an
    /// [`Op::run`].
    fn tile<S: Simd, const M: usize, const N: usize>(self, s: S);

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
            1 => s.enter(Tile::<_, 1, N>(self)),
            2 => s.enter(Tile::<_, 2, N>(self)),
            3 => s.enter(Tile::<_, 3, N>(self)),
            4 => s.enter(Tile::<_, 4, N>(self)),
            5 => s.enter(Tile::<_, 5, N>(self)),
            6 => s.enter(Tile::<_, 6, N>(self)),
            7 => s.enter(Tile::<_, 7, N>(self)),
            8 => s.enter(Tile::<_, 8, N>(self)),
            _ => unreachable!("no instruction set has higher tiles"),
        }
    }
}

/// A tile of `M` rows and `N` vectors of columns.
struct Tile<C, const M: usize, const N: usize>(C);

impl<C: Cut, const M: usize, const N: usize> Op for Tile<C, M, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.0.tile::<S, M, N>(s);
    }
}

/// The sums of one tile.
pub type Sums<S, const M: usize, const N: usize> = [[<S as Simd>::V; N]; M];

/// Zeros. No instruction set is asked for larger tiles than it has.
#[inline(always)]
pub fn zeros<S: Simd, const M: usize, const N: usize>(s: S) -> Sums<S, M, N> {
    if M > S::TILE || N > S::PANEL {
        unreachable!("larger than this instruction set's tiles");
    }
    [[s.splat(0.0); N]; M]
}

/// The tile at the start of `from`, `stride` numbers from row to row; of a `stride` of 0 the
/// same row everywhere.
#[inline(always)]
pub fn load<S: Simd, const M: usize, const N: usize>(
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
pub fn store<S: Simd, const M: usize, const N: usize>(
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
pub fn add<S: Simd, const M: usize, const N: usize>(
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

/// Adds `Σ left[m] · right[n]` over all `terms` to a tile of `result`, or puts it there where
/// it is `fresh`.
#[inline(always)]
pub fn sum_outer<'a, S: Simd, const M: usize, const N: usize>(
    s: S,
    result: &mut [f32],
    stride: usize,
    fresh: bool,
    terms: impl Iterator<Item = (&'a [f32], &'a [f32])>,
) {
    // The next tile's numbers may be far away.
    for m in M..2 * M {
        for n in 0..N {
            s.prefetch(result, m * stride + n * S::WIDTH);
        }
    }
    let mut sums = if fresh { zeros::<S, M, N>(s) } else { load::<S, M, N>(s, result, stride) };
    for (left, right) in terms {
        let left = &left[..M];
        add(s, &mut sums, right, |m| left[m]);
    }
    store(s, &sums, result, stride);
}
