//! The numbers of one vector made one.

use crate::simd::{LINE, Simd};

/// The numbers of a vector, `fill` in the place of those that there are not.
#[inline(always)]
fn lanes<S: Simd>(s: S, vector: S::V, fill: f32) -> [f32; LINE] {
    let mut lanes = [fill; LINE];
    s.store(vector, &mut lanes);
    lanes
}

/// All of them made one, halves by halves: not one after another, each of which waits for the one before.
#[inline(always)]
fn folded(mut lanes: [f32; LINE], fold: impl Fn(f32, f32) -> f32) -> f32 {
    for at in 0..8 {
        lanes[at] = fold(lanes[at], lanes[at + 8]);
    }
    for at in 0..4 {
        lanes[at] = fold(lanes[at], lanes[at + 4]);
    }
    fold(fold(lanes[0], lanes[2]), fold(lanes[1], lanes[3]))
}

/// The sum of a vector.
#[inline(always)]
pub fn sum<S: Simd>(s: S, vector: S::V) -> f32 {
    folded(lanes(s, vector, 0.0), |a, b| a + b)
}

/// The largest number of a vector.
#[inline(always)]
pub fn largest<S: Simd>(s: S, vector: S::V) -> f32 {
    let least = f32::NEG_INFINITY;
    folded(lanes(s, vector, least), |a, b| if a > b { a } else { b })
}
