//! Numbers to initialise and to feed a model with.

/// Uniform in [0, 1), the same every time.
pub fn uniform(mut state: u32) -> impl FnMut() -> f32 {
    move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32
    }
}
