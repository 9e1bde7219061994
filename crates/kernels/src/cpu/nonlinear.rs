//! σ and tanh on vectors, to a few units in the last place.
//!
//! Both start from e^y = 2ⁿ (1 + q): n = round(y / ln 2), r = y − n ln 2, q = e^r − 1 as a
//! polynomial in r. Keeping q apart from the 1 keeps tanh exact to the last places near 0.
//! As with the exact functions, ±∞ saturate and NaN stays NaN.

use super::simd::Simd;

/// (2ⁿ, q) with e^y = 2ⁿ (1 + q), for −87 ≤ y ≤ 88.
#[inline(always)]
fn exp_parts<S: Simd>(s: S, y: S::V) -> (S::V, S::V) {
    /// Adding it leaves round(t) in the low bits of the sum.
    const SHIFT: f32 = 12_582_912.0; // 1.5·2²³
    let shifted = s.mul_add(y, s.splat(std::f32::consts::LOG2_E), s.splat(SHIFT));
    let n = s.sub(shifted, s.splat(SHIFT));
    let r = s.neg_mul_add(n, s.splat(std::f32::consts::LN_2), y);
    // q = r + r² p(r), |r| ≤ ln 2 / 2
    let mut p = s.splat(1.394_655_3e-3);
    for c in [8.366_644e-3, 4.166_628e-2, 1.666_654_3e-1, 0.5] {
        p = s.mul_add(p, r, s.splat(c));
    }
    let q = s.mul_add(s.mul(r, r), p, r);
    (s.power_of_two(shifted), q)
}

/// 1 / (1 + e^−x)
#[inline(always)]
pub(super) fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let y = s.sub(s.splat(0.0), s.clamp(x, -87.0, 87.0));
    let (power, q) = exp_parts(s, y);
    let exp = s.mul_add(power, q, power);
    s.div(s.splat(1.0), s.add(s.splat(1.0), exp))
}

/// tanh x = m / (m + 2), m = e^2x − 1
#[inline(always)]
pub(super) fn tanh<S: Simd>(s: S, x: S::V) -> S::V {
    // Beyond ±10 it is ±1 in f32.
    let x = s.clamp(x, -10.0, 10.0);
    let (power, q) = exp_parts(s, s.add(x, x));
    let m = s.mul_add(power, q, s.sub(power, s.splat(1.0)));
    s.div(m, s.add(m, s.splat(2.0)))
}
