//! Arrays of four: what every compiler turns into the vectors of any processor.

use super::vector::{Op, Simd};

/// Needs no instruction set.
#[derive(Debug, Clone, Copy)]
pub struct Portable;

const WIDTH: usize = 4;

#[inline(always)]
fn each(f: impl Fn(usize) -> f32) -> [f32; WIDTH] {
    [f(0), f(1), f(2), f(3)]
}

/// Fused where the processor always can (`mul_add` is a slow call elsewhere).
#[inline(always)]
fn fused(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(target_arch = "aarch64") { a.mul_add(b, c) } else { a * b + c }
}

impl Simd for Portable {
    type V = [f32; WIDTH];
    const WIDTH: usize = WIDTH;
    // What fits the registers: 32 of them on AArch64, 16 on x86-64.
    const TILE: usize = if cfg!(target_arch = "aarch64") { 8 } else { 6 };
    const PANEL: usize = if cfg!(target_arch = "aarch64") { 3 } else { 2 };

    #[inline(never)]
    fn enter<O: Op>(self, op: O) -> O::Output {
        op.run(self)
    }
    #[inline(always)]
    fn prefetch(self, _: &[f32], _: usize) {}
    #[inline(always)]
    fn splat(self, value: f32) -> Self::V {
        [value; WIDTH]
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::V {
        let from = &from[..WIDTH];
        each(|lane| from[lane])
    }
    #[inline(always)]
    fn store(self, value: Self::V, to: &mut [f32]) {
        to[..WIDTH].copy_from_slice(&value);
    }
    #[inline(always)]
    fn add(self, a: Self::V, b: Self::V) -> Self::V {
        each(|lane| a[lane] + b[lane])
    }
    #[inline(always)]
    fn sub(self, a: Self::V, b: Self::V) -> Self::V {
        each(|lane| a[lane] - b[lane])
    }
    #[inline(always)]
    fn max(self, a: Self::V, b: Self::V) -> Self::V {
        each(|lane| if a[lane] > b[lane] { a[lane] } else { b[lane] })
    }
    #[inline(always)]
    fn mul(self, a: Self::V, b: Self::V) -> Self::V {
        each(|lane| a[lane] * b[lane])
    }
    #[inline(always)]
    fn div(self, a: Self::V, b: Self::V) -> Self::V {
        each(|lane| a[lane] / b[lane])
    }
    #[inline(always)]
    fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        each(|lane| fused(a[lane], b[lane], c[lane]))
    }
    #[inline(always)]
    fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        each(|lane| fused(-a[lane], b[lane], c[lane]))
    }
    #[inline(always)]
    fn clamp(self, value: Self::V, low: f32, high: f32) -> Self::V {
        each(|lane| {
            let value = if value[lane] < low { low } else { value[lane] };
            if value > high { high } else { value }
        })
    }
    #[inline(always)]
    fn where_positive(self, gate: Self::V, value: Self::V) -> Self::V {
        each(|lane| if gate[lane] <= 0.0 { 0.0 } else { value[lane] })
    }
    #[inline(always)]
    fn power_of_two(self, shifted: Self::V) -> Self::V {
        each(|lane| f32::from_bits((shifted[lane].to_bits() << 23).wrapping_add(0x3F80_0000)))
    }
}
