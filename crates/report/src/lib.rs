//! Analysis to Markdown and self-contained HTML with SVG curves.
//!
//! ```text
//! results folder --build--> Report --sections--> Document --> report.md, report.html
//!                             |  '--> runs.csv, figures/*.svg, figures/*.csv
//!                             '-----> table (plain text, for the terminal)
//! ```
//!
//! Everything is computed from the files of the folder; the clock and the machine that
//! writes the report leave no trace, so the same results give the same bytes. A new
//! section is a function under `sections/`; a new format is a file beside `markdown.rs`
//! and a [`Format`].

mod accounting;
mod across;
mod answer;
mod card;
mod compare;
mod comparison;
mod csv;
mod document;
mod error;
mod figure;
mod format;
mod gallery;
mod html;
mod json;
mod latex;
mod limits;
mod looks;
mod markdown;
mod model;
mod options;
mod origin;
mod parquet;
mod quantity;
mod rounds;
mod runs;
mod scores;
mod sections;
mod shown;
mod solving;
mod tensorboard;
mod terminal;
mod tex;
mod tidy;
mod tuned;
mod verdict;
mod words;

use std::path::PathBuf;

pub use accounting::{Accounting, Counts};
pub use card::Card;
pub use compare::{Page, compare};
pub use comparison::{Comparison, Finding, LEVEL};
pub use error::ReportError;
pub use format::{bytes, duration};
pub use gallery::{Told, publications, statement};
pub use model::{Report, build};
pub use options::{Format, Options};
pub use origin::{Fact, Origin};
pub use rounds::{Wanted, wanted};
pub use runs::{Run, State};
pub use scores::{ArmScores, TaskScores};
pub use solving::Solving;
use store::{SweepFolder, remove_old_leftovers, write_atomically};
pub use terminal::{claim_line, table};
pub use tuned::{Trial, Tuned};
pub use verdict::{Judged, OnTask, Verdict};

/// The files that [`write()`] wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// All of them, in the order written.
    pub paths: Vec<PathBuf>,
    /// What they say of each claim.
    pub verdicts: Vec<Judged>,
}

/// Writes the report of a results folder to where `options` says, each file atomically. What a
/// writer that was killed left there is removed.
///
/// # Errors
/// Those of [`build`], and [`ReportError::Store`] where a file cannot be written.
pub fn write(sweep: &SweepFolder, options: &Options) -> Result<Written, ReportError> {
    let report = build(sweep)?;
    let over_tasks = across::over_tasks(&report)?;
    let document = sections::document(&report, over_tasks.as_ref())?;
    let folder = options.to.clone().unwrap_or_else(|| sweep.path().join("report"));
    remove_old_leftovers(&folder)?;
    remove_old_leftovers(&folder.join("figures"))?;
    let mut paths = Vec::new();
    let mut put = |name: &str, bytes: &[u8]| -> Result<(), ReportError> {
        let path = folder.join(name);
        write_atomically(&path, bytes)?;
        paths.push(path);
        Ok(())
    };
    for format in &options.formats {
        match format {
            Format::Markdown => {
                for figure in document.figures() {
                    put(&figure.path("svg"), figure::standalone(&figure.chart).as_bytes())?;
                    put(&figure.path("csv"), figure.chart.data.as_bytes())?;
                }
                put("report.md", markdown::render(&document).as_bytes())?;
            }
            Format::Html => put("report.html", html::render(&document).as_bytes())?,
            Format::Latex => {
                for (name, text) in latex::render(&document) {
                    put(&format!("latex/{name}"), text.as_bytes())?;
                }
            }
            Format::Csv => {
                for table in tidy::tables(&report) {
                    put(&format!("{}.csv", table.name), csv::render(&table).as_bytes())?;
                }
            }
            Format::Parquet => {
                for table in tidy::tables(&report) {
                    put(&format!("{}.parquet", table.name), &parquet::render(&table)?)?;
                }
            }
            Format::Json => {
                put("report.json", json::render(&report, over_tasks.as_ref()).as_bytes())?;
            }
            Format::TensorBoard => {
                for (name, run) in tensorboard::folders(&report) {
                    let condition = &report.plan.conditions[run.condition];
                    // A damaged journal is told of in the report.
                    let events = sweep.run(condition, run.seed).events().unwrap_or_default();
                    let name = format!("tensorboard/{name}/events.out.tfevents.0.unroll");
                    put(&name, &tensorboard::render(&events))?;
                }
            }
        }
    }
    Ok(Written { paths, verdicts: report.verdicts })
}
