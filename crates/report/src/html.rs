//! `report.html`: one page that needs nothing else.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::document::{Block, Cell, Document, Line, Span, Table};
use crate::figure;
use crate::shown::shown;

const STYLE: &str = include_str!("page.css");

/// The document as a self-contained page.
pub(crate) fn render(document: &Document) -> String {
    let blocks = || document.blocks.iter().enumerate();
    let headings = blocks().filter_map(|(index, block)| match block {
        Block::Heading(text) => Some((index, text)),
        _ => None,
    });
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
                        @for (index, text) in headings {
                            a href={ "#s" (index) } { (shown(text)) }
                        }
                    }
                }
                main {
                    @for (index, block) in blocks() { (render_block(index, block)) }
                }
            }
        }
    };
    page.into_string() + "\n"
}

fn render_block(index: usize, block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading(text) => h2 id={ "s" (index) } { (shown(text)) },
            Block::Text(text) => p { (line(text)) },
            Block::List(items) => ul { @for item in items { li { (line(item)) } } },
            Block::Table(it) => (table(it)),
            Block::Figure(it) => figure {
                div.scroll { (figure::inline(&it.curves)) }
                figcaption { (line(&it.caption)) }
            },
        }
    }
}

fn table(table: &Table) -> Markup {
    html! {
        div.scroll {
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
                    @for row in &table.rows {
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
                Span::Code(text) => code { (shown(text)) },
            }
        }
    }
}
