//! σ and tanh on vectors, to a few units in the last place.
//!
//! Both start from e^y = 2ⁿ (1 + q): n = round(y / ln 2), r = y − n ln 2, q = e^r − 1 as a
//! polynomial in r. Keeping q apart from the 1 keeps tanh exact to the last places near 0.
//! As with the exact functions, ±∞ saturate and NaN stays NaN.

use crate::simd::Simd;

/// (2ⁿ, q) with e^y = 2ⁿ (1 + q), for −87 ≤ y ≤ 89; 2ⁿ is infinite for n = 128.
#[inline(always)]
fn exp_parts<S: Simd>(s: S, y: S::V) -> (S::V, S::V) {
    /// Adding it leaves round(t) in the low bits of the sum.
    const SHIFT: f32 = 12_582_912.0; // 1.5·2²³
    let shifted = s.mul_add(y, s.splat(std::f32::consts::LOG2_E), s.splat(SHIFT));
    let n = s.sub(shifted, s.splat(SHIFT));
    // ln 2 in two parts, of which the first times n is exact.
    let r = s.neg_mul_add(n, s.splat(0.693_359_4), y);
    let r = s.mul_add(n, s.splat(2.121_944_4e-4), r);
    // q = r + r² p(r), |r| ≤ ln 2 / 2
    let mut p = s.splat(1.394_655_3e-3);
    for c in [8.366_644e-3, 4.166_628e-2, 1.666_654_3e-1, 0.5] {
        p = s.mul_add(p, r, s.splat(c));
    }
    let q = s.mul_add(s.mul(r, r), p, r);
    (s.power_of_two(shifted), q)
}

/// 0 in the place of numbers within 1e-30 of it; NaN stays.
///
/// Over many steps gradients shrink until they are denormal, and with those a processor may take a
/// hundred times as long. So far below what any sum of them has to say, they are gone.
#[inline(always)]
pub fn without_vanished<S: Simd>(s: S, value: S::V) -> S::V {
    let scaled = s.clamp(s.mul(value, s.splat(1e30)), -2.0, 2.0);
    let beyond = s.sub(s.mul(scaled, scaled), s.splat(1.0));
    s.where_positive(beyond, value)
}

/// e^x for x ≤ 0; e^−87 for lower ones.
#[inline(always)]
pub fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    let (power, q) = exp_parts(s, s.clamp(x, -87.0, 0.0));
    s.mul_add(power, q, power)
}

/// 1 / (1 + e^−x)
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let one = s.splat(1.0);
    // From 88.4 on 2ⁿ is infinite and the result 0, which is right but for denormals.
    let y = s.sub(s.splat(0.0), s.clamp(x, -89.0, 87.0));
    let (power, q) = exp_parts(s, y);
    s.div(one, s.add(one, s.mul(power, s.add(one, q))))
}

/// tanh x = m / (m + 2), m = e^2x − 1
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::V) -> S::V {
    // Beyond ±10 it is ±1 in f32.
    let x = s.clamp(x, -10.0, 10.0);
    let (power, q) = exp_parts(s, s.add(x, x));
    let m = s.mul_add(power, q, s.sub(power, s.splat(1.0)));
    s.div(m, s.add(m, s.splat(2.0)))
}

/// ln(1 + e^x) = max(x, 0) + ln(1 + t), t = e^−|x|
#[inline(always)]
pub fn softplus<S: Simd>(s: S, x: S::V) -> S::V {
    let zero = s.splat(0.0);
    let above = s.where_positive(x, x);
    let opposite = s.sub(zero, x);
    let below = s.where_positive(opposite, opposite);
    // Below −87 what it adds is denormal.
    let y = s.clamp(s.sub(zero, s.add(above, below)), -87.0, 0.0);
    let (power, q) = exp_parts(s, y);
    let t = s.mul(power, s.add(s.splat(1.0), q));
    // ln(1 + t) = 2 artanh(r), r = t / (2 + t) ≤ 1/3
    let r = s.div(t, s.add(t, s.splat(2.0)));
    let square = s.mul(r, r);
    let mut sum = s.splat(1.0 / 15.0);
    for odd in [13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
        sum = s.mul_add(sum, square, s.splat(1.0 / odd));
    }
    let series = s.mul_add(s.mul(sum, square), r, r);
    s.add(above, s.add(series, series))
}

#[cfg(test)]
mod tests {
    use super::super::simd::{Level, Op};
    use super::*;

    /// σ, tanh and softplus of each number.
    struct All<'a>(&'a [f32]);

    impl Op for All<'_> {
        type Output = Vec<[f32; 3]>;

        #[inline(always)]
        fn run<S: Simd>(self, s: S) -> Self::Output {
            let first = |v: S::V| {
                let mut lanes = [0.0; 16];
                s.store(v, &mut lanes);
                lanes[0]
            };
            let each = |&x: &f32| {
                let x = s.splat(x);
                [first(sigmoid(s, x)), first(tanh(s, x)), first(softplus(s, x))]
            };
            self.0.iter().map(each).collect()
        }
    }

    fn relative(got: f32, exact: f64) -> f64 {
        if exact == 0.0 { f64::from(got).abs() } else { (f64::from(got) / exact - 1.0).abs() }
    }

    #[test]
    fn a_few_units_in_the_last_place() {
        let fine = (-870_000..=870_000).map(|i| i as f32 * 1e-4);
        let tiny = (1..120).flat_map(|i| [0.7_f32.powi(i), -0.7_f32.powi(i)]);
        let xs: Vec<f32> = fine.chain(tiny).collect();
        for level in Level::available() {
            for (&x, [sigmoid, tanh, softplus]) in xs.iter().zip(level.run(All(&xs))) {
                let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
                assert!(relative(sigmoid, exact) < 6e-7, "σ({x}) = {sigmoid}");
                let exact = f64::from(x).tanh();
                assert!(relative(tanh, exact) < 4e-7, "tanh({x}) = {tanh}");
                let exact = f64::from(x).max(0.0) + (-f64::from(x).abs()).exp().ln_1p();
                assert!(relative(softplus, exact) < 6e-7, "softplus({x}) = {softplus}");
            }
        }
    }

    #[test]
    fn limits_are_exact_and_nan_stays() {
        let infinity = f32::INFINITY;
        for level in Level::available() {
            let got = level.run(All(&[infinity, 1e30, -infinity, -1e30, 0.0, f32::NAN]));
            let bounded: Vec<_> = got[..5].iter().map(|it| (it[0], it[1])).collect();
            assert_eq!(bounded, [(1.0, 1.0), (1.0, 1.0), (0.0, -1.0), (0.0, -1.0), (0.5, 0.0)]);
            assert_eq!(got[1][2].to_bits(), 1e30_f32.to_bits());
            assert!(got[3][2] < 1e-37 && got[3][2] >= 0.0, "{:?}", got[3]);
            assert!(got[5].iter().all(|it| it.is_nan()));
        }
    }
}
