//! Tables for people, for Markdown and for programs.

use std::io::Write;

use serde_json::{Map, Value as Json, json};

use crate::BenchError;
use crate::options::Format;

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A word.
    Text(String),
    /// A whole number.
    Count(usize),
    /// A time in seconds, shown in milliseconds.
    Milliseconds(f64),
    /// A time over another, or any other ratio.
    Ratio(f64),
    /// A number shown whole.
    Whole(f64),
    /// A number shown with one decimal.
    Tenths(f64),
    /// A part of one, shown in percent.
    Share(f64),
    /// Was not measured.
    Missing,
    /// Failed; the message stands below the table.
    Failed,
}

impl Value {
    /// What is shown.
    fn text(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Milliseconds(seconds) => three_digits(1e3 * seconds),
            Self::Ratio(ratio) => format!("{ratio:.2}"),
            Self::Whole(number) => format!("{number:.0}"),
            Self::Tenths(number) => format!("{number:.1}"),
            Self::Share(share) => format!("{:.0} %", 100.0 * share),
            Self::Missing => "–".into(),
            Self::Failed => "failed".into(),
        }
    }

    fn json(&self) -> Json {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Count(count) => (*count).into(),
            Self::Milliseconds(seconds) => (1e3 * seconds).into(),
            Self::Ratio(number)
            | Self::Whole(number)
            | Self::Tenths(number)
            | Self::Share(number) => (*number).into(),
            Self::Missing => Json::Null,
            Self::Failed => "failed".into(),
        }
    }

    fn is_word(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// A positive number with three digits that count, or all before the point.
fn three_digits(number: f64) -> String {
    let decimals = if number >= 1e-9 { (2.0 - number.log10().floor()).max(0.0) } else { 0.0 };
    format!("{number:.*}", decimals as usize)
}

/// A column: its name and its least width in characters.
pub type Column = (&'static str, usize);

/// Prints tables row by row, as they come.
pub struct Printer<'a> {
    format: Format,
    out: &'a mut dyn Write,
    columns: Vec<Column>,
    /// For [`Format::Json`], which is printed at the end.
    tables: Vec<Json>,
}

impl<'a> Printer<'a> {
    /// Prints to `out`.
    pub fn new(format: Format, out: &'a mut dyn Write) -> Self {
        Self { format, out, columns: Vec::new(), tables: Vec::new() }
    }

    /// Begins a table.
    ///
    /// # Errors
    /// [`BenchError::Print`], as for all that is printed.
    pub fn table(
        &mut self,
        suite: &str,
        title: &str,
        columns: &[Column],
    ) -> Result<(), BenchError> {
        self.columns = columns.to_vec();
        let heading: Vec<_> = columns.iter().map(|column| column.0.to_owned()).collect();
        match self.format {
            Format::Text => {
                writeln!(self.out, "{suite}: {title}\n")?;
                self.text_line(&heading, &[])?;
            }
            Format::Markdown => {
                writeln!(self.out, "### `{suite}`\n\n{title}\n\n| {} |", heading.join(" | "))?;
                writeln!(self.out, "|{}", "---|".repeat(columns.len()))?;
            }
            Format::Json => {
                self.tables.push(json!({"suite": suite, "title": title, "rows": [], "notes": []}));
            }
        }
        Ok(self.out.flush()?)
    }

    /// Prints a row of the table that was begun last, a value for each column.
    ///
    /// # Errors
    /// [`BenchError::Print`].
    pub fn row(&mut self, row: &[Value]) -> Result<(), BenchError> {
        let texts: Vec<_> = row.iter().map(Value::text).collect();
        match self.format {
            Format::Text => self.text_line(&texts, row)?,
            Format::Markdown => writeln!(self.out, "| {} |", texts.join(" | "))?,
            Format::Json => {
                let names = self.columns.iter().map(|column| column.0.to_owned());
                let row: Map<_, _> = names.zip(row.iter().map(Value::json)).collect();
                if let Some(rows) = self.last_table("rows") {
                    rows.push(row.into());
                }
            }
        }
        Ok(self.out.flush()?)
    }

    /// Prints what is to be said of the table that was begun last, a line each.
    ///
    /// # Errors
    /// [`BenchError::Print`].
    pub fn notes(&mut self, notes: &[String]) -> Result<(), BenchError> {
        match self.format {
            Format::Json => {
                if let Some(told) = self.last_table("notes") {
                    told.extend(notes.iter().map(|note| note.as_str().into()));
                }
                return Ok(());
            }
            Format::Text => notes.iter().try_for_each(|note| writeln!(self.out, "  {note}"))?,
            Format::Markdown => {
                writeln!(self.out)?;
                notes.iter().try_for_each(|note| writeln!(self.out, "- {note}"))?;
            }
        }
        Ok(writeln!(self.out)?)
    }

    /// Says on what machine it was measured, and ends.
    ///
    /// # Errors
    /// [`BenchError::Print`].
    pub fn finish(self, machine: &str) -> Result<(), BenchError> {
        match self.format {
            Format::Text | Format::Markdown => writeln!(self.out, "{machine}")?,
            Format::Json => {
                let all = json!({"machine": machine, "tables": self.tables});
                writeln!(self.out, "{all:#}")?;
            }
        }
        Ok(self.out.flush()?)
    }

    /// Words to the left and numbers to the right of their columns.
    fn text_line(&mut self, texts: &[String], row: &[Value]) -> Result<(), BenchError> {
        let mut line = String::new();
        for (index, (text, (name, width))) in texts.iter().zip(&self.columns).enumerate() {
            let width = (*width).max(name.chars().count());
            let space = " ".repeat(width.saturating_sub(text.chars().count()));
            // The first columns name what was measured.
            let left = row.get(index).is_some_and(Value::is_word) || (row.is_empty() && index < 3);
            line += &if left { [text, &*space] } else { [&*space, text] }.concat();
            line += "  ";
        }
        Ok(writeln!(self.out, "  {}", line.trim_end())?)
    }

    fn last_table(&mut self, list: &str) -> Option<&mut Vec<Json>> {
        self.tables.last_mut()?.get_mut(list)?.as_array_mut()
    }
}
