//! What an instruction set can do.

/// An instruction set. Every method must be inlined into an [`Op`] to be fast.
pub trait Simd: Copy {
    /// One vector.
    type V: Copy;
    /// Numbers in a vector; divides [`LINE`].
    const WIDTH: usize;
    /// Rows of a tile of a matrix product, at most 8.
    const TILE: usize;
    /// Vectors in a row of a tile, at most 3.
    const PANEL: usize;

    /// Runs `op` as a function of its own, with its own registers.
    fn enter<O: Op>(self, op: O) -> O::Output;

    /// Asks for the cache line of `from[at]`, if there is one, to be brought near.
    fn prefetch(self, from: &[f32], at: usize);
    /// All lanes the same.
    fn splat(self, value: f32) -> Self::V;
    /// The first `WIDTH` numbers of `from`; panics where there are fewer.
    fn load(self, from: &[f32]) -> Self::V;
    /// Into the first `WIDTH` numbers of `to`; panics where there are fewer.
    fn store(self, value: Self::V, to: &mut [f32]);
    /// a + b
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// a − b
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger of two; NaN may be lost.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// a · b
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// a / b
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// a · b + c, rounded once where the instruction set can.
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// c − a · b, rounded once where the instruction set can.
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V;
    /// The nearest of `low..=high`; NaN stays NaN.
    fn clamp(self, value: Self::V, low: f32, high: f32) -> Self::V;
    /// `value` where `gate` is above 0 or NaN, else 0.
    fn where_positive(self, gate: Self::V, value: Self::V) -> Self::V;
    /// 2ⁿ for lanes that hold 1.5·2²³ + n with −126 ≤ n ≤ 127; anything for other lanes.
    fn power_of_two(self, shifted: Self::V) -> Self::V;
}

/// Numbers in a cache line: what rows are padded to.
pub const LINE: usize = 16;

/// `count` rounded up to whole cache lines.
#[inline]
pub fn padded(count: usize) -> usize {
    count.next_multiple_of(LINE)
}

/// Code that is compiled for every instruction set.
pub trait Op {
    /// What it returns.
    type Output;
    /// Runs it. Must be `#[inline(always)]`, or its vectors go through memory.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}
