//! Errors of making a report.

use analysis::NotMeasurable;
use store::StoreError;

/// Errors of making a report.
///
/// A run that cannot be read is no error: the report lists it as failed, with the reason.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The results folder could not be read, or the report not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A score that no statistic can be computed from.
    #[error("cannot summarise the scores: {0}")]
    Score(#[from] NotMeasurable),
    /// A table could not be written as Parquet.
    #[error("cannot write a table as Parquet: {0}")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// Two sweeps have no arm on a task of the same name and metric.
    #[error("{first} and {other} have no arm on a task of the same name and metric in common")]
    NothingInCommon {
        /// Folder of the first.
        first: String,
        /// Folder of the other.
        other: String,
    },
    /// A folder has no report that a page over several could be written from.
    #[error("{}: {reason}; `report DIR --format json --to ...` writes it", path.display())]
    Told {
        /// The file.
        path: std::path::PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A word that names no format.
    #[error(
        "\"{word}\" is not a format of the report: use md, html, tex, csv, parquet, json or tensorboard"
    )]
    Format {
        /// The word.
        word: String,
    },
}
