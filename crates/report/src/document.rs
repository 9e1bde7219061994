//! A document without a format: what `markdown.rs` and `html.rs` render.
//!
//! Its text is as the plan and the runs have it; who renders it shows it by the function of
//! the crate `text` for the format.

use crate::figure::Chart;

/// Sections in reading order.
#[derive(Debug)]
pub(crate) struct Document {
    pub title: String,
    /// Names of the arms, by their index in figures, where there are few enough to choose from.
    pub arms: Vec<String>,
    pub sections: Vec<Section>,
}

/// Text, tables and figures under a heading.
#[derive(Debug)]
pub(crate) struct Section {
    pub heading: String,
    pub blocks: Vec<Block>,
    /// Proof rather than answer: closed until asked for, where the format can do that.
    pub folded: bool,
}

#[derive(Debug)]
pub(crate) enum Block {
    Text(Line),
    List(Vec<Line>),
    Table(Table),
    Figure(Figure),
}

/// Text of one paragraph, list item or cell.
#[derive(Debug, Default)]
pub(crate) struct Line(pub Vec<Span>);

#[derive(Debug)]
pub(crate) enum Span {
    Text(String),
    Strong(String),
    Code(String),
}

#[derive(Debug)]
pub(crate) struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// Of a long table the rows that are shown at first; the first ones unless given.
    shown: Option<Vec<usize>>,
    /// The file that has all rows of a long table.
    pub file: &'static str,
}

/// Rows from which on a table is long.
const LONG: usize = 40;
/// Rows that are shown of a long table.
const FIRST: usize = 20;

#[derive(Debug)]
pub(crate) struct Column {
    pub heading: String,
    pub numeric: bool,
}

#[derive(Debug)]
pub(crate) struct Row {
    pub cells: Vec<Cell>,
    /// Set off from the rows above: a total, or a reference that is no arm.
    pub aside: bool,
}

#[derive(Debug)]
pub(crate) struct Cell {
    pub line: Line,
    /// More about it, where the format can show that on demand.
    pub detail: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Figure {
    /// File name without ending, unique within the document.
    pub name: String,
    pub chart: Chart,
    pub caption: Line,
}

impl Document {
    /// The figures, in reading order.
    pub(crate) fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.sections.iter().flat_map(|it| &it.blocks).filter_map(|block| match block {
            Block::Figure(figure) => Some(figure),
            _ => None,
        })
    }
}

impl Block {
    /// A figure with its caption; none where there is nothing to draw.
    pub(crate) fn figure(name: String, chart: Chart, caption: impl Into<Line>) -> Option<Self> {
        let caption = caption.into();
        (!chart.is_empty()).then_some(Self::Figure(Figure { name, chart, caption }))
    }
}

impl Figure {
    /// Where the figure (`svg`) or its data (`csv`) is, relative to the report.
    pub(crate) fn path(&self, ending: &str) -> String {
        format!("figures/{}.{ending}", self.name)
    }
}

impl Line {
    /// Appends text.
    pub(crate) fn text(mut self, text: impl AsRef<str>) -> Self {
        let text = spaced(text.as_ref());
        // As one text it is escaped as a whole: a bracket may mean something to the next.
        if let Some(Span::Text(before)) = self.0.last_mut() {
            before.push_str(&text);
        } else {
            self.0.push(Span::Text(text));
        }
        self
    }

    /// Appends text that stands out.
    pub(crate) fn strong(mut self, text: impl AsRef<str>) -> Self {
        self.0.push(Span::Strong(spaced(text.as_ref())));
        self
    }

    /// Appends something to be taken literally: a command, a path, a key.
    pub(crate) fn code(mut self, text: impl AsRef<str>) -> Self {
        self.0.push(Span::Code(text.as_ref().to_owned()));
        self
    }
}

/// Words with one space between them, as every format shows them anyway; a space at either
/// end joins the text to its neighbours and stays.
fn spaced(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let inner = words.join(" ");
    let space = |is: bool| if is { " " } else { "" };
    if inner.is_empty() {
        return space(!text.is_empty()).to_owned();
    }
    let (start, end) = (space(text.starts_with(' ')), space(text.ends_with(' ')));
    format!("{start}{inner}{end}")
}

impl<T: AsRef<str>> From<T> for Line {
    fn from(text: T) -> Self {
        Self::default().text(text)
    }
}

impl<T: Into<Line>> From<T> for Cell {
    fn from(line: T) -> Self {
        Self { line: line.into(), detail: None }
    }
}

impl Table {
    /// A table with text columns and, for headings that start with `#`, columns of
    /// numbers.
    pub(crate) fn new(headings: &[&str]) -> Self {
        let column = |heading: &&str| match heading.strip_prefix('#') {
            Some(heading) => Column { heading: heading.to_owned(), numeric: true },
            None => Column { heading: (*heading).to_owned(), numeric: false },
        };
        Self {
            columns: headings.iter().map(column).collect(),
            rows: Vec::new(),
            shown: None,
            file: "runs.csv",
        }
    }

    /// Chooses the rows that are shown if it is long, and names the file that has all.
    pub(crate) fn or_in(mut self, rows: Vec<usize>, file: &'static str) -> Self {
        (self.shown, self.file) = (Some(rows), file);
        self
    }

    /// The rows that are shown at first, and those that are folded or left to a file.
    pub(crate) fn split(&self) -> (Vec<&Row>, Vec<&Row>) {
        if self.rows.len() <= LONG {
            return (self.rows.iter().collect(), Vec::new());
        }
        let is_first = |index: usize, row: &Row| {
            let chosen = self.shown.as_ref();
            row.aside || chosen.map_or(index < FIRST, |rows| rows.contains(&index))
        };
        let (mut first, mut rest) = (Vec::new(), Vec::new());
        for (index, row) in self.rows.iter().enumerate() {
            if is_first(index, row) { first.push(row) } else { rest.push(row) }
        }
        (first, rest)
    }

    /// Appends a row.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(Row { cells, aside: false });
    }

    /// Appends a row that is set off from the others.
    pub(crate) fn aside(&mut self, cells: Vec<Cell>) {
        self.rows.push(Row { cells, aside: true });
    }
}
