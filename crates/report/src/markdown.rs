//! `report.md`.

use std::fmt::Write as _;

use crate::document::{Block, Document, Line, Span, Table};

/// The document as Markdown with GitHub's tables.
pub(crate) fn render(document: &Document) -> String {
    let mut out = format!("# {}\n", escape(&document.title));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "## {}", escape(text));
            }
            Block::Text(text) => {
                let _ = writeln!(out, "{}", line(text));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", line(item));
                }
            }
            Block::Table(it) => table(&mut out, it),
            Block::Figure(figure) => {
                let (image, data) = (figure.path("svg"), figure.path("csv"));
                let alt = escape(&figure.curves.title);
                let _ = writeln!(out, "![{alt}]({image})\n");
                let _ = writeln!(out, "{} Data: [{data}]({data}).", line(&figure.caption));
            }
        }
    }
    out
}

fn table(out: &mut String, table: &Table) {
    let row = |cells: &mut dyn Iterator<Item = String>| {
        let cells: Vec<String> = cells.collect();
        format!("| {} |\n", cells.join(" | "))
    };
    out.push_str(&row(&mut table.columns.iter().map(|column| escape(&column.heading))));
    let rules = table.columns.iter().map(|column| if column.numeric { "---:" } else { "---" });
    out.push_str(&row(&mut rules.map(str::to_owned)));
    for it in &table.rows {
        out.push_str(&row(&mut it.cells.iter().map(|cell| cell_line(&cell.line))));
    }
}

fn line(line: &Line) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(text) => escape(text),
        Span::Code(text) => code(text),
    });
    spans.collect()
}

/// Within a table a pipe ends the cell, even in code.
fn cell_line(cell: &Line) -> String {
    let spans = cell.0.iter().map(|span| match span {
        Span::Text(text) => escape(text),
        Span::Code(text) => code(text).replace('|', "\\|"),
    });
    spans.collect()
}

/// A code span, fenced by more backticks than the text has in a row.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    if text.is_empty() { String::new() } else { format!("{fence}{pad}{text}{pad}{fence}") }
}

/// Text that Markdown takes literally. Escapes only where a character would mean
/// something, so that the source stays readable.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied();
        let in_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '`' | '*' | '~' | '|' | '$' => true,
            '_' => !(in_word(before) && in_word(after)),
            '<' => after.is_some_and(|c| c.is_alphabetic() || matches!(c, '/' | '!' | '?')),
            '&' => after.is_some_and(|c| c.is_alphanumeric() || c == '#'),
            ']' => matches!(after, Some('(' | '[' | ':')),
            '#' | '>' | '+' | '-' => {
                before.is_none() && matches!(after, Some(' ' | '#' | '>') | None)
            }
            _ => false,
        };
        if special {
            out.push('\\');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_read_is_escaped_and_nothing_else() {
        let plain = "p < 0.05 & [0.1, 0.2] forget_gate (+1) a-b 5 > 4";
        assert_eq!(escape(plain), plain);
        assert_eq!(escape("a|b `c` *d* _e_"), r"a\|b \`c\` \*d\* \_e\_");
        assert_eq!(escape("<b>&amp;"), r"\<b>\&amp;");
        assert_eq!(escape("[x](y)"), r"[x\](y)");
        assert_eq!(escape("# no heading"), r"\# no heading");
        assert_eq!(escape("- no item"), r"\- no item");
        assert_eq!(escape("-0.5"), "-0.5");
    }

    #[test]
    fn code_spans_hold_backticks_and_pipes() {
        assert_eq!(code("a b"), "`a b`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(cell_line(&Line::default().code("a|b").text("c|d")), r"`a\|b`c\|d");
    }
}
