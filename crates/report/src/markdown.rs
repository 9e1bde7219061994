//! `report.md`.

use std::fmt::Write as _;

use text::{markdown, markdown_code, markdown_code_in_table};

use crate::document::{Block, Column, Document, Line, Row, Span, Table};

/// The document as Markdown with GitHub's tables.
pub(crate) fn render(document: &Document) -> String {
    let mut out = format!("# {}\n", markdown(&document.title));
    for section in &document.sections {
        let _ = writeln!(out, "\n## {}", markdown(&section.heading));
        blocks(&mut out, &section.blocks);
    }
    out
}

fn blocks(out: &mut String, blocks: &[Block]) {
    for block in blocks {
        out.push('\n');
        match block {
            Block::Text(text) => {
                let _ = writeln!(out, "{}", line(text));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", line(item));
                }
            }
            Block::Table(it) => table(out, it),
            Block::Figure(figure) => {
                let (image, data) = (figure.path("svg"), figure.path("csv"));
                let alt = markdown(&figure.chart.title);
                let _ = writeln!(out, "![{alt}]({image})\n");
                let _ = writeln!(out, "{} Data: [{data}]({data}).", line(&figure.caption));
            }
        }
    }
}

fn table(out: &mut String, table: &Table) {
    let (first, rest) = table.split();
    let cells = |row: &&Row| row.cells.iter().map(|cell| cell_line(&cell.line)).collect();
    out.push_str(&grid(&table.columns, first.iter().map(cells)));
    if !rest.is_empty() {
        let _ = writeln!(out, "\n{} more rows are in `{}`.", rest.len(), table.file);
    }
}

/// A table of cells that are Markdown already.
pub(crate) fn grid(columns: &[Column], rows: impl Iterator<Item = Vec<String>>) -> String {
    let heading = columns.iter().map(|column| markdown(&column.heading)).collect();
    let rule = |column: &Column| if column.numeric { "---:" } else { "---" }.to_owned();
    let above = [heading, columns.iter().map(rule).collect()];
    above.into_iter().chain(rows).map(|cells| row(&cells)).collect()
}

/// A row of a table.
pub(crate) fn row(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn line(line: &Line) -> String {
    spans(line, markdown_code)
}

/// Within a table a pipe ends the cell, even in code.
fn cell_line(cell: &Line) -> String {
    spans(cell, markdown_code_in_table)
}

fn spans(line: &Line, code: fn(&str) -> String) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(text) => markdown(text),
        Span::Strong(text) if text.trim().is_empty() => markdown(text),
        Span::Strong(text) => format!("**{}**", markdown(text.trim())),
        Span::Code(text) => code(text),
    });
    spans.collect()
}
