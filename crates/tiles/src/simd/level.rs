//! The choice of an instruction set at run time.

use super::portable::Portable;
use super::vector::{Op, Simd};
#[cfg(target_arch = "x86_64")]
use super::x86::{Avx2, Avx512};
use crate::parts::tiles;

/// The instruction sets there is code for.
#[derive(Debug, Clone, Copy)]
pub enum Level {
    /// Sixteen numbers.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
    /// Eight numbers.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// Four numbers, on every machine.
    Portable(Portable),
}

impl Level {
    /// Those that this machine has, best first; never empty.
    pub fn available() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let special = [Avx512::new().map(Self::Avx512), Avx2::new().map(Self::Avx2)];
        #[cfg(not(target_arch = "x86_64"))]
        let special: [Option<Self>; 0] = [];
        special.into_iter().flatten().chain([Self::Portable(Portable)])
    }

    /// The best that this machine has.
    #[inline]
    pub fn best() -> Self {
        Self::available().next().unwrap_or(Self::Portable(Portable))
    }

    /// As its maker calls it.
    pub fn name(self) -> &'static str {
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
    #[inline]
    pub fn panel(self) -> usize {
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
    #[inline]
    pub fn panels(self, columns: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
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
    pub fn run<O: Op>(self, op: O) -> O::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(simd) => simd.enter(op),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(simd) => simd.enter(op),
            Self::Portable(simd) => simd.enter(op),
        }
    }
}
