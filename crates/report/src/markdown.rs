//! `report.md`.

use std::fmt::Write as _;

use text::{markdown, markdown_code, markdown_code_in_table};

use crate::document::{Block, Document, Line, Span, Table};

/// The document as Markdown with GitHub's tables.
pub(crate) fn render(document: &Document) -> String {
    let mut out = format!("# {}\n", markdown(&document.title));
    for block in &document.blocks {
        out.push('\n');
        match block {
            Block::Heading(text) => {
                let _ = writeln!(out, "## {}", markdown(text));
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
                let alt = markdown(&figure.curves.title);
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
    out.push_str(&row(&mut table.columns.iter().map(|column| markdown(&column.heading))));
    let rules = table.columns.iter().map(|column| if column.numeric { "---:" } else { "---" });
    out.push_str(&row(&mut rules.map(str::to_owned)));
    for it in &table.rows {
        out.push_str(&row(&mut it.cells.iter().map(|cell| cell_line(&cell.line))));
    }
}

fn line(line: &Line) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(text) => markdown(text),
        Span::Code(text) => markdown_code(text),
    });
    spans.collect()
}

/// Within a table a pipe ends the cell, even in code.
fn cell_line(cell: &Line) -> String {
    let spans = cell.0.iter().map(|span| match span {
        Span::Text(text) => markdown(text),
        Span::Code(text) => markdown_code_in_table(text),
    });
    spans.collect()
}
