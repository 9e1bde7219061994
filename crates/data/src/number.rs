//! Numbers as text files write them.

/// A number, or NaN where it is missing (`?` or `NaN`); `None` if it is neither or not finite.
pub(crate) fn number_or_missing(text: &str) -> Option<f32> {
    if text == "?" || text.eq_ignore_ascii_case("nan") {
        return Some(f32::NAN);
    }
    finite(text)
}

/// A finite 32-bit number.
pub(crate) fn finite(text: &str) -> Option<f32> {
    text.parse().ok().filter(|number: &f32| number.is_finite())
}
