//! The vectors of x86-64.

use std::arch::x86_64::{
    __m256, __m512, _CMP_NLE_UQ, _MM_HINT_T0, _mm_prefetch, _mm256_add_epi32, _mm256_add_ps,
    _mm256_and_ps, _mm256_castps_si256, _mm256_castsi256_ps, _mm256_cmp_ps, _mm256_div_ps,
    _mm256_fmadd_ps, _mm256_fnmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps,
    _mm256_mul_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps, _mm256_slli_epi32,
    _mm256_storeu_ps, _mm256_sub_ps, _mm512_add_epi32, _mm512_add_ps, _mm512_castps_si512,
    _mm512_castsi512_ps, _mm512_cmp_ps_mask, _mm512_div_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps,
    _mm512_loadu_ps, _mm512_maskz_mov_ps, _mm512_max_ps, _mm512_min_ps, _mm512_mul_ps,
    _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps,
    _mm512_sub_ps,
};

use super::vector::{Op, Simd};

/// Proof that the machine has AVX2 and FMA.
#[derive(Debug, Clone, Copy)]
pub struct Avx2(());

/// Proof that the machine has AVX-512F.
#[derive(Debug, Clone, Copy)]
pub struct Avx512(());

impl Avx2 {
    pub fn new() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

impl Avx512 {
    pub fn new() -> Option<Self> {
        is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

/// The trait in terms of one register type's intrinsics.
macro_rules! vectors {
    (
        $name:ident, $features:literal, $vector:ty, $width:literal, tile $tile:literal, panel $panel:literal,
        $splat:ident, $zero:ident, $load:ident, $store:ident, $add:ident, $sub:ident,
        $mul:ident, $div:ident, $fmadd:ident, $fnmadd:ident, $min:ident, $max:ident,
        $splat_bits:ident, $add_bits:ident, $shift_left:ident, $as_bits:ident, $from_bits:ident,
        |$gate:ident, $value:ident| $select:expr
    ) => {
        impl Simd for $name {
            type V = $vector;
            const WIDTH: usize = $width;
            const TILE: usize = $tile;
            const PANEL: usize = $panel;

            fn enter<O: Op>(self, op: O) -> O::Output {
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn compiled<O: Op>(simd: $name, op: O) -> O::Output {
                    op.run(simd)
                }
                // SAFETY: `self` exists only where `new` found the features.
                unsafe { compiled(self, op) }
            }

            // SAFETY of every block below: `self` is the proof that the instructions exist;
            // they read and write registers only, but for `load` and `store`.
            #[inline(always)]
            fn prefetch(self, from: &[f32], at: usize) {
                // SAFETY: a prefetch reads nothing, wherever it points; `wrapping_add` may
                // point anywhere.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().wrapping_add(at).cast()) }
            }
            #[inline(always)]
            fn splat(self, value: f32) -> Self::V {
                unsafe { $splat(value) }
            }
            #[inline(always)]
            fn load(self, from: &[f32]) -> Self::V {
                let from = &from[..$width];
                // SAFETY: `from` has a whole vector, which need not be aligned.
                unsafe { $load(from.as_ptr()) }
            }
            #[inline(always)]
            fn store(self, value: Self::V, to: &mut [f32]) {
                let to = &mut to[..$width];
                // SAFETY: `to` has room for a whole vector, which need not be aligned.
                unsafe { $store(to.as_mut_ptr(), value) }
            }
            #[inline(always)]
            fn add(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $add(a, b) }
            }
            #[inline(always)]
            fn sub(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $sub(a, b) }
            }
            #[inline(always)]
            fn max(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $max(a, b) }
            }
            #[inline(always)]
            fn mul(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $mul(a, b) }
            }
            #[inline(always)]
            fn div(self, a: Self::V, b: Self::V) -> Self::V {
                unsafe { $div(a, b) }
            }
            #[inline(always)]
            fn mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                unsafe { $fmadd(a, b, c) }
            }
            #[inline(always)]
            fn neg_mul_add(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
                unsafe { $fnmadd(a, b, c) }
            }
            #[inline(always)]
            fn clamp(self, value: Self::V, low: f32, high: f32) -> Self::V {
                // Of a number and a NaN these return the second operand.
                unsafe { $min($splat(high), $max($splat(low), value)) }
            }
            #[inline(always)]
            fn where_positive(self, $gate: Self::V, $value: Self::V) -> Self::V {
                unsafe { $select }
            }
            #[inline(always)]
            fn power_of_two(self, shifted: Self::V) -> Self::V {
                // n is in the low bits; what lies above the lowest nine is shifted out.
                unsafe {
                    let exponent = $shift_left::<23>($as_bits(shifted));
                    $from_bits($add_bits(exponent, $splat_bits(0x3F80_0000)))
                }
            }
        }
    };
}

vectors!(
    Avx2, "avx2,fma", __m256, 8, tile 6, panel 2,
    _mm256_set1_ps, _mm256_setzero_ps, _mm256_loadu_ps, _mm256_storeu_ps, _mm256_add_ps,
    _mm256_sub_ps, _mm256_mul_ps, _mm256_div_ps, _mm256_fmadd_ps, _mm256_fnmadd_ps,
    _mm256_min_ps, _mm256_max_ps, _mm256_set1_epi32, _mm256_add_epi32, _mm256_slli_epi32,
    _mm256_castps_si256, _mm256_castsi256_ps,
    |gate, value| _mm256_and_ps(_mm256_cmp_ps::<_CMP_NLE_UQ>(gate, _mm256_setzero_ps()), value)
);

vectors!(
    Avx512, "avx512f", __m512, 16, tile 8, panel 3,
    _mm512_set1_ps, _mm512_setzero_ps, _mm512_loadu_ps, _mm512_storeu_ps, _mm512_add_ps,
    _mm512_sub_ps, _mm512_mul_ps, _mm512_div_ps, _mm512_fmadd_ps, _mm512_fnmadd_ps,
    _mm512_min_ps, _mm512_max_ps, _mm512_set1_epi32, _mm512_add_epi32, _mm512_slli_epi32,
    _mm512_castps_si512, _mm512_castsi512_ps,
    |gate, value| {
        let positive = _mm512_cmp_ps_mask::<_CMP_NLE_UQ>(gate, _mm512_setzero_ps());
        _mm512_maskz_mov_ps(positive, value)
    }
);
