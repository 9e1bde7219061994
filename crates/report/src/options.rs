//! What to write.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::ReportError;

/// A file format of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// `report.md`, with its figures and their data under `figures/`.
    Markdown,
    /// `report.html`: one self-contained page.
    Html,
    /// `latex/report.tex` with its booktabs tables and TikZ figures.
    Latex,
    /// Tidy tables, unrounded: `runs.csv`, `arms.csv`, `curves.csv`, and `probes.csv` and
    /// `parts.csv` where there are any.
    Csv,
    /// The same tables as Parquet.
    Parquet,
    /// `report.json`: everything that the report says.
    Json,
    /// `tensorboard/ARM/TASK/seed-N`: event files of every run.
    TensorBoard,
}

impl Format {
    /// Every format, with its word on the command line.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Markdown, "md"),
        (Self::Html, "html"),
        (Self::Latex, "tex"),
        (Self::Csv, "csv"),
        (Self::Parquet, "parquet"),
        (Self::Json, "json"),
        (Self::TensorBoard, "tensorboard"),
    ];

    /// What is written unless something else is asked for.
    pub const DEFAULT: [Self; 4] = [Self::Markdown, Self::Html, Self::Csv, Self::Json];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|it| it.0 == self).map_or("", |it| it.1)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Format {
    type Err = ReportError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|it| it.1 == word).map(|it| it.0);
        known.ok_or_else(|| ReportError::Format { word: word.into() })
    }
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The formats; [`Format::DEFAULT`] by default.
    pub formats: Vec<Format>,
    /// The folder that it is written to; `report/` in the results folder by default.
    pub to: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { formats: Format::DEFAULT.to_vec(), to: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_back_from_its_word_and_others_are_refused() {
        for (format, _) in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        assert_eq!(
            error,
            "\"pdf\" is not a format of the report: use md, html, tex, csv, parquet, json or tensorboard"
        );
    }
}
