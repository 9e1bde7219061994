//! LaTeX.

use crate::hidden::shown;

/// Text of a paragraph, caption or table cell: every hidden character shown, then every
/// character that TeX reads as its own as the command that prints it. No sign joins with
/// the next to another one (`--`, `,,`), and none is an argument of the `\\` of the row
/// before (`[`, `*`). Letters beyond ASCII stay: the document must be UTF-8, and its font
/// must have them.
pub fn latex(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    for c in shown(text).chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '`' => out.push_str("\\textasciigrave{}"),
            '\'' => out.push_str("\\textquotesingle{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => out.extend(['\\', c]),
            '[' | ']' | '*' => out.extend(['{', c, '}']),
            '-' | ',' if before == Some(c) => out.extend(['{', '}', c]),
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tex_would_read_is_printed() {
        assert_eq!(latex("forget_gate 50 %, a & b"), r"forget\_gate 50 \%, a \& b");
        assert_eq!(latex(r"\input{x}"), r"\textbackslash{}input\{x\}");
        assert_eq!(latex("$x^2$ ~ #1"), r"\$x\textasciicircum{}2\$ \textasciitilde{} \#1");
        assert_eq!(latex("--- ,,x"), "-{}-{}- ,{},x");
        assert_eq!(latex("[1]*"), "{[}1{]}{*}");
        assert_eq!(latex("a\u{202E}"), r"a\textbackslash{}u\{202E\}");
    }
}
