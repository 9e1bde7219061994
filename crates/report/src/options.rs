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
    /// `runs.csv`: one row per planned run, unrounded; `arms.csv`: one row per arm and task;
    /// `parts.csv`: scores by held-out part.
    Csv,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Html, Self::Csv];

    /// The word on the command line, which is also the file's ending.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Csv => "csv",
        }
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
        let known = Self::ALL.into_iter().find(|format| format.word() == word);
        known.ok_or_else(|| ReportError::Format { word: word.into() })
    }
}

/// What to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The formats; all of them by default.
    pub formats: Vec<Format>,
    /// The folder that it is written to; `report/` in the results folder by default.
    pub to: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self { formats: Format::ALL.to_vec(), to: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_read_back_from_its_word_and_others_are_refused() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
        }
        let error = "pdf".parse::<Format>().unwrap_err().to_string();
        assert_eq!(error, "\"pdf\" is not a format of the report: use md, html or csv");
    }
}
