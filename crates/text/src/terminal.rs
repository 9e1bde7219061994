//! A terminal, and the dashboard on one.

use crate::hidden::{push, shown};

/// One line for a terminal or the dashboard: every hidden character shown, so that nothing
/// moves the cursor, changes a colour, turns the direction of writing or ends the line.
/// Text that has been shown stays as it is.
pub fn terminal(text: &str) -> String {
    shown(text)
}

/// Lines that this program drew around text from users, such as a rejected file with its
/// carets: line feeds and the sequences of colours and emphasis (`ESC [ … m`) stay, every
/// other hidden character is shown.
pub fn terminal_drawn(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = match c {
            '\n' => 1,
            '\u{1B}' => style_length(rest),
            _ => 0,
        };
        if taken == 0 {
            push(&mut out, c);
            rest = &rest[c.len_utf8()..];
        } else {
            out.push_str(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    out
}

/// Bytes of the sequence of a style that `text` begins with; 0 if it begins with none.
fn style_length(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("\u{1B}[") else { return 0 };
    let end = inside.find(|c: char| !(c.is_ascii_digit() || c == ';'));
    match end {
        Some(end) if inside[end..].starts_with('m') => end + 3,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_obeyed_and_nothing_is_left_out() {
        assert_eq!(terminal("no forget gate ±2 門"), "no forget gate ±2 門");
        assert_eq!(terminal("a\u{202E}b\u{2069}"), r"a\u{202E}b\u{2069}");
        assert_eq!(terminal("\u{1B}[2J\u{9B}K\r\n\t\u{7F}"), r"\u{1B}[2J\u{9B}K\r\n\t\u{7F}");
        assert_eq!(terminal(r"a\u{202E}"), r"a\u{202E}");
    }

    #[test]
    fn of_drawn_lines_only_ends_and_colours_stay() {
        assert_eq!(terminal_drawn("\u{1B}[1;31mx\u{1B}[0m\ny"), "\u{1B}[1;31mx\u{1B}[0m\ny");
        assert_eq!(terminal_drawn("\u{1B}[2J\u{1B}[31"), r"\u{1B}[2J\u{1B}[31");
        assert_eq!(terminal_drawn("a\tb\u{202E}\r"), r"a\tb\u{202E}\r");
    }
}
