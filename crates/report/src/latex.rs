//! `latex/report.tex`: the document with booktabs tables and TikZ figures, each in a file of its own
//! that a paper can `\input`.

use std::fmt::Write as _;

use crate::document::{Block, Document, Line, Row, Span, Table};
use crate::figure::tikz;
use crate::tex::text;

/// What a paper needs for the tables and figures, and how text beyond ASCII is set: pdfTeX has not
/// every character, and prints the number of one that it may not have.
const PREAMBLE: &str = r"\documentclass{article}
\usepackage{iftex}
\ifPDFTeX
  \usepackage[T1]{fontenc}
  \usepackage[utf8]{inputenc}
  \usepackage{textcomp}
  \newcommand{\unrollchar}[2]{\texttt{U+#2}}
\else
  \usepackage{fontspec}
  \newcommand{\unrollchar}[2]{#1}
\fi
\usepackage[margin=2.5cm]{geometry}
\usepackage{booktabs,graphicx,tikz}
\setlength{\parindent}{0pt}
\setlength{\parskip}{6pt plus 2pt}
";

/// The files with their names below `latex/`.
pub(crate) fn render(document: &Document) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut tables = 0;
    let mut body = String::new();
    let _ = writeln!(body, "\\section*{{{}}}", text(&document.title));
    for section in &document.sections {
        let _ = writeln!(body, "\n\\subsection*{{{}}}", text(&section.heading));
        for block in &section.blocks {
            match block {
                Block::Text(it) => {
                    let _ = writeln!(body, "\n{}", line(it));
                }
                Block::List(items) => {
                    body.push_str("\n\\begin{itemize}\n");
                    for it in items {
                        let _ = writeln!(body, "\\item {}", line(it));
                    }
                    body.push_str("\\end{itemize}\n");
                }
                Block::Table(it) => {
                    tables += 1;
                    let name = format!("table-{tables}.tex");
                    let _ = writeln!(body, "\n{{\\small\\input{{{name}}}}}");
                    files.push((name, table(it)));
                }
                Block::Figure(it) => {
                    let name = format!("{}.tex", it.name);
                    let _ =
                        writeln!(body, "\n\\input{{{name}}}\n\n{{\\small {}}}", line(&it.caption));
                    files.push((name, tikz(&it.chart)));
                }
            }
        }
    }
    let whole = format!("{PREAMBLE}\\begin{{document}}\n{body}\n\\end{{document}}\n");
    files.push(("report.tex".into(), whole));
    files
}

/// A table that is made smaller where it is wider than the text.
fn table(table: &Table) -> String {
    let (first, rest) = table.split();
    let columns: String =
        table.columns.iter().map(|it| if it.numeric { 'r' } else { 'l' }).collect();
    let mut out =
        String::from("\\resizebox{\\ifdim\\width>\\textwidth\\textwidth\\else\\width\\fi}{!}{%\n");
    let _ = writeln!(out, "\\begin{{tabular}}{{{columns}}}\n\\toprule");
    let headings: Vec<String> = table.columns.iter().map(|it| text(&it.heading)).collect();
    let _ = writeln!(out, "{} \\\\\n\\midrule", headings.join(" & "));
    let cells = |row: &Row| {
        let cells: Vec<String> = row.cells.iter().map(|it| line(&it.line)).collect();
        format!("{} \\\\\n", cells.join(" & "))
    };
    for row in first.iter().filter(|it| !it.aside) {
        out.push_str(&cells(row));
    }
    let aside: Vec<_> = first.iter().filter(|it| it.aside).collect();
    if !aside.is_empty() {
        out.push_str("\\midrule\n");
        for row in aside {
            out.push_str(&cells(row));
        }
    }
    out.push_str("\\bottomrule\n\\end{tabular}}\n");
    if !rest.is_empty() {
        let _ =
            writeln!(out, "\n{} more rows are in \\texttt{{{}}}.", rest.len(), text(table.file));
    }
    out
}

fn line(line: &Line) -> String {
    let spans = line.0.iter().map(|span| match span {
        Span::Text(it) => text(it),
        Span::Strong(it) => format!("\\textbf{{{}}}", text(it)),
        Span::Code(it) => format!("\\texttt{{{}}}", text(it)),
    });
    spans.collect()
}
