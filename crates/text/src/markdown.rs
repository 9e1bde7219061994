//! Markdown with GitHub's tables.

use crate::hidden::shown;

/// Text of a paragraph, heading, list item or table cell that Markdown takes literally, on
/// one line: every hidden character shown, then a backslash before what would mean
/// something, and only there, so that the source stays readable. `text` is taken for the
/// start of its line. Spaces stay as they are; four of them at the start of a line make code
/// of it.
pub fn markdown(text: &str) -> String {
    let text = shown(text);
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    // So far nothing but spaces; nothing but digits.
    let (mut is_start, mut is_number) = (true, true);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            // Before other characters a backslash is one, also in our own escapes.
            '\\' => after.is_none_or(|c| c.is_ascii_punctuation()),
            '`' | '*' | '~' | '|' | '$' => true,
            '_' => !(in_word(before) && in_word(after)),
            '<' => after.is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '!' | '?')),
            '&' => after.is_some_and(|c| c.is_alphanumeric() || c == '#'),
            ']' => matches!(after, Some('(' | '[' | ':')),
            '>' => is_start && after != Some('='),
            '#' | '+' | '-' | '=' => {
                is_start && after.is_none_or(|after| after == ' ' || after == '>' || after == c)
                    || c == '#' && after.is_none() && before == Some(' ')
            }
            '.' | ')' => is_number && in_word(before) && after.is_none_or(|after| after == ' '),
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
        is_start &= c == ' ';
        is_number &= c == ' ' || c.is_ascii_digit();
    }
    out
}

/// A code span of `text`, taken literally: every hidden character shown, fenced by more
/// backticks than it has in a row. Not for a table: a pipe would end its cell.
pub fn markdown_code(text: &str) -> String {
    let text = shown(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { text } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// [`markdown_code`] in a table, where a pipe ends the cell even in code.
pub fn markdown_code_in_table(text: &str) -> String {
    markdown_code(text).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_read_is_escaped_and_nothing_else() {
        let plain = r"p < 0.05 & [0.1, 0.2] forget_gate (+1) a-b 5 > 4 1.5 a\b";
        assert_eq!(markdown(plain), plain);
        assert_eq!(markdown("a|b `c` *d* _e_"), r"a\|b \`c\` \*d\* \_e\_");
        assert_eq!(markdown("<b>&amp;"), r"\<b>\&amp;");
        assert_eq!(markdown("[x](y)"), r"[x\](y)");
        assert_eq!(markdown("-0.5"), "-0.5");
        assert_eq!(markdown("a\u{202E}b"), r"a\u{202E}b");
        assert_eq!(markdown(r"a\|b\"), r"a\\\|b\\");
    }

    #[test]
    fn no_line_begins_a_block() {
        assert_eq!(markdown("# no heading"), r"\# no heading");
        assert_eq!(markdown("- no item"), r"\- no item");
        assert_eq!(markdown("1. no item"), r"1\. no item");
        assert_eq!(markdown("12) no item"), r"12\) no item");
        assert_eq!(markdown(">no quote"), r"\>no quote");
        assert_eq!(markdown("---"), r"\---");
        assert_eq!(markdown("=="), r"\==");
        assert_eq!(markdown("a #"), r"a \#");
    }

    #[test]
    fn code_spans_hold_backticks_and_pipes() {
        assert_eq!(markdown_code("a b"), "`a b`");
        assert_eq!(markdown_code("a``b"), "```a``b```");
        assert_eq!(markdown_code("`"), "`` ` ``");
        assert_eq!(markdown_code("a\u{202E}\n"), r"`a\u{202E}\n`");
        assert_eq!(markdown_code_in_table("a|b"), r"`a\|b`");
    }
}
