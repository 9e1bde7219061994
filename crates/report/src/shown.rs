//! Text in HTML and SVG.

use maud::PreEscaped;

/// Text of the document, for an element or an attribute.
pub(crate) fn shown(text: &str) -> PreEscaped<String> {
    PreEscaped(text::html(text))
}
