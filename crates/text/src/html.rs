//! HTML and SVG.

use crate::hidden::push;

/// Text of an element or of an attribute in quotes, in HTML and in XML: every hidden
/// character shown, then `&`, `<`, `>`, `"` and `'` as entities.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => push(&mut out, c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_opens_no_element_and_ends_no_attribute() {
        assert_eq!(html("<script>\"'&\u{202E}"), r"&lt;script&gt;&quot;&#39;&amp;\u{202E}");
    }
}
