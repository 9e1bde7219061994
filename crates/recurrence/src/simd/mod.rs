//! Vectors of f32 behind one trait, and the choice of instruction set at run time.
//!
//! A value of a [`Simd`] type is the proof that this machine has its instructions, so its
//! operations are safe to call. Code that uses one is an [`Op`], which [`Level::run`]
//! compiles once for each instruction set.

mod portable;
#[cfg(target_arch = "x86_64")]
mod x86;

use portable::Portable;

use super::tile::tiles;
#[cfg(target_arch = "x86_64")]
use x86::{Avx2, Avx512};

/// An instruction set. Every method must be inlined into an [`Op`] to be fast.
pub(super) trait Simd: Copy {
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
pub(super) const LINE: usize = 16;

/// `count` rounded up to whole cache lines.
pub(super) fn padded(count: usize) -> usize {
    count.next_multiple_of(LINE)
}

/// Code that is compiled for every instruction set.
pub(super) trait Op {
    /// What it returns.
    type Output;
    /// Runs it. Must be `#[inline(always)]`, or its vectors go through memory.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}

/// The instruction sets there is code for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Level {
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    Portable(Portable),
}

impl Level {
    /// Those that this machine has, best first; never empty.
    pub(super) fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let special = [Avx512::new().map(Self::Avx512), Avx2::new().map(Self::Avx2)];
        #[cfg(not(target_arch = "x86_64"))]
        let special: [Option<Self>; 0] = [];
        special.into_iter().flatten().chain([Self::Portable(Portable)])
    }

    /// The best that this machine has.
    pub(super) fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable(Portable))
    }

    /// As its maker calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => "AVX-512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2",
            Self::Portable(_) if cfg!(target_arch = "aarch64") => "NEON",
            Self::Portable(_) => "no vector instructions chosen",
        }
    }

    /// Numbers in a full row of a tile.
    pub(super) fn panel(self) -> usize {
        struct Panel;
        impl Op for Panel {
            type Output = usize;
            #[inline(always)]
            fn run<S: Simd>(self, _: S) -> usize {
                S::PANEL * S::WIDTH
            }
        }
        self.run(Panel)
    }

    /// Cuts `columns` numbers, whole cache lines, into rows of tiles that differ by at most
    /// one vector: the first number and the width of each.
    pub(super) fn panels(self, columns: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
        struct Width;
        impl Op for Width {
            type Output = usize;
            #[inline(always)]
            fn run<S: Simd>(self, _: S) -> usize {
                S::WIDTH
            }
        }
        let width = self.run(Width);
        tiles(columns / width, self.panel() / width)
            .map(move |(first, vectors)| (first * width, vectors * width))
    }

    /// Runs `op` with this instruction set.
    pub(super) fn run<O: Op>(self, op: O) -> O::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.enter(op),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.enter(op),
            Self::Portable(simd) => simd.enter(op),
        }
    }
}
