//! Reader of the `.ts` text format of the UCR and UEA time series archives.
//!
//! ```text
//! # a comment
//! @problemName Example
//! @univariate false
//! @dimensions 2
//! @equalLength false
//! @classLabel true left right
//! @data
//! 0.1,0.2,0.3:1,1,0:left
//! 0.4,?:0,1:right
//! ```
//!
//! A line after `@data` is one case: dimensions between `:`, the values of a dimension
//! between `,`, the class label last. Cases may differ in length, the dimensions of one
//! case may not. Tags come in any order and case; comments and blank lines go anywhere;
//! `?` and `NaN` are missing values. Tags are optional but for `@data` and one of
//! `@classLabel` and `@targetLabel`, and what they state is held against the cases.
//!
//! After `@targetLabel true` a number, the target of a regression, stands in the label's
//! place. After `@timeStamps true` a value is written with its time, `(0,0.5),(1,0.25)`;
//! values are put into the order of their times (numbers, or dates that sort as text), which
//! themselves are not kept.

use std::path::Path;

use crate::utf8::whole;
use crate::{DataError, read_file};

mod cases;
mod data;
mod header;
mod problem;
#[cfg(test)]
mod tests;

pub use data::{Case, TsData};
pub use problem::Problem;

use problem::Broken;

/// Reads the file at `path`.
///
/// # Errors
/// [`DataError::Read`], and those of [`parse`].
pub fn read(path: &Path) -> Result<TsData, DataError> {
    parse(path, &read_file(path)?)
}

/// Reads the content of a file; `path` is for messages only.
///
/// # Errors
/// [`DataError::Line`] for the first line that breaks a rule.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<TsData, DataError> {
    let text = whole(path, bytes)?;
    content(text).map_err(|Broken { line, problem }| DataError::line(path, line, problem))
}

fn content(text: &str) -> Result<TsData, Broken> {
    let last = text.lines().count().max(1);
    let mut lines = (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .peekable();
    if lines.peek().is_none() {
        return Err(Broken { line: last, problem: Problem::Empty });
    }
    let header = header::read(&mut lines, last)?;
    let mut reader = cases::Reader::new(&header);
    let cases = lines
        .map(|(line, text)| reader.case(line, text).map_err(|problem| Broken { line, problem }))
        .collect::<Result<Vec<_>, _>>()?;
    let (Some(channels), false) = (reader.channels, cases.is_empty()) else {
        return Err(Broken { line: last, problem: Problem::NoCases });
    };
    let classes = header.classes.unwrap_or_default();
    Ok(TsData { name: header.name, channels, classes, cases })
}
