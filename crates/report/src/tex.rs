//! Text as TeX sets it.

use std::fmt::Write as _;

/// Text with the signs that this report uses as TeX sets them, and every other character beyond
/// ASCII as one that a font may not have.
pub(crate) fn text(words: &str) -> String {
    let mut out = String::new();
    for c in text::latex(words).chars() {
        match c {
            '−' => out.push_str("$-$"),
            '±' => out.push_str("$\\pm$"),
            '→' => out.push_str("$\\to$"),
            '↓' => out.push_str("$\\downarrow$"),
            '↑' => out.push_str("$\\uparrow$"),
            '×' => out.push_str("$\\times$"),
            '…' => out.push_str("\\ldots{}"),
            '–' => out.push_str("--"),
            '\u{202f}' => out.push_str("\\,"),
            c if c.is_ascii() => out.push(c),
            c => {
                let _ = write!(out, "\\unrollchar{{{c}}}{{{:04X}}}", c as u32);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_are_set_and_what_a_font_may_lack_is_marked() {
        assert_eq!(
            text("0.1 ± 0.2 – 5\u{202f}000 & ü"),
            r"0.1 $\pm$ 0.2 -- 5\,000 \& \unrollchar{ü}{00FC}"
        );
        assert_eq!(text("\u{202E}"), r"\textbackslash{}u\{202E\}");
    }
}
