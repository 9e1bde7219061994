//! `report.html`: one page that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{Block, Cell, Document, Line, Row, Section, Span, Table};
use crate::figure;
use crate::shown::shown;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Folded rows of a long table that a page has; the others are in the table's file.
const FOLDED: usize = 1000;

/// The document as a self-contained page.
pub(crate) fn render(document: &Document) -> String {
    let sections = || document.sections.iter().enumerate();
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (shown(&document.title)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (shown(&document.title)) }
                    nav aria-label="Sections" {
                        @for (index, section) in sections() {
                            a href={ "#s" (index) } { (shown(&section.heading)) }
                        }
                    }
                    @if document.arms.len() > 1 { (arms(&document.arms)) }
                }
                main {
                    @for (index, it) in sections() { (section(index, it)) }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string() + "\n"
}

/// Which arms the figures show.
fn arms(arms: &[String]) -> Markup {
    html! {
        details.arms {
            summary { "Arms in the figures" }
            @for (index, name) in arms.iter().enumerate() {
                label { input type="checkbox" checked data-shows=(index); (shown(name)) }
            }
        }
    }
}

fn section(index: usize, section: &Section) -> Markup {
    let heading = html! { h2 { (shown(&section.heading)) } };
    let blocks = html! { @for block in &section.blocks { (render_block(block)) } };
    html! {
        @if section.folded {
            details.folded id={ "s" (index) } { summary { (heading) } (blocks) }
        } @else {
            section id={ "s" (index) } { (heading) (blocks) }
        }
    }
}

fn render_block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Text(text) => p { (line(text)) },
            Block::List(items) => ul { @for item in items { li { (line(item)) } } },
            Block::Table(it) => (table(it)),
            Block::Figure(it) => figure {
                div.scroll { (figure::inline(&it.chart)) }
                figcaption { (line(&it.caption)) }
            },
        }
    }
}

fn table(table: &Table) -> Markup {
    let (first, rest) = table.split();
    let (folded, left) = rest.split_at(rest.len().min(FOLDED));
    html! {
        (rows(table, &first))
        @if !rest.is_empty() {
            details.folded {
                summary { (folded.len()) " more rows" }
                (rows(table, folded))
                @if !left.is_empty() { p { (left.len()) " more are in " code { (table.file) } "." } }
            }
        }
    }
}

fn rows(table: &Table, rows: &[&Row]) -> Markup {
    html! {
        div.scroll tabindex="0" {
            table {
                thead {
                    tr {
                        @for column in &table.columns {
                            th scope="col" class=[column.numeric.then_some("number")] {
                                (shown(&column.heading))
                            }
                        }
                    }
                }
                tbody {
                    @for row in rows {
                        tr class=[row.aside.then_some("aside")] {
                            @for (cell, column) in row.cells.iter().zip(&table.columns) {
                                (render_cell(cell, column.numeric))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn render_cell(cell: &Cell, numeric: bool) -> Markup {
    html! {
        td class=[numeric.then_some("number")] title=[cell.detail.as_deref().map(shown)] {
            (line(&cell.line))
        }
    }
}

fn line(line: &Line) -> Markup {
    html! {
        @for span in &line.0 {
            @match span {
                Span::Text(text) => (shown(text)),
                Span::Strong(text) => strong { (shown(text)) },
                Span::Code(text) => code { (shown(text)) },
            }
        }
    }
}
