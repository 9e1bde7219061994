//! What is asked for.

use std::path::PathBuf;
use std::str::FromStr;

use architectures::ARCHITECTURES;

use crate::case::one_of;
use crate::{BenchError, Cell, Pass, Shape};

/// What to measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The tables, in this order.
    pub suites: Vec<Suite>,
    /// Cells of the suites `layers`, `ragged` and `memory`.
    pub cells: Vec<Cell>,
    /// Architectures of the suite `models`; all where this is absent.
    pub architectures: Option<Vec<Architecture>>,
    /// Passes of the suite `layers`.
    pub passes: Vec<Pass>,
    /// Shapes of the suites that have cells; each has its own where this is absent.
    pub shapes: Option<Vec<Shape>>,
    /// Numbers of threads.
    pub threads: Vec<usize>,
    /// How often each contestant is timed.
    pub repetitions: usize,
    /// The Python to look for PyTorch and JAX in; `None` leaves them out.
    pub python: Option<String>,
    /// Folder of the shipped data sets, for the suite `batches`.
    pub datasets: PathBuf,
    /// How to print.
    pub format: Format,
    /// What the program says of itself in the last line.
    pub program: String,
}

/// A registered architecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture(pub &'static str);

impl FromStr for Architecture {
    type Err = BenchError;

    fn from_str(word: &str) -> Result<Self, BenchError> {
        let all: Vec<_> =
            ARCHITECTURES.iter().map(|entry| (entry.name, Self(entry.name))).collect();
        one_of("architecture", word, &all)
    }
}

/// One table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suite {
    /// One recurrent layer.
    Layers,
    /// Sequences of different length.
    Ragged,
    /// Cost by the number of steps.
    Steps,
    /// Peak memory.
    Memory,
    /// Training steps of all architectures.
    Models,
    /// Batches of all tasks.
    Batches,
}

impl FromStr for Suite {
    type Err = BenchError;

    fn from_str(word: &str) -> Result<Self, BenchError> {
        let all = [
            ("layers", Self::Layers),
            ("ragged", Self::Ragged),
            ("steps", Self::Steps),
            ("memory", Self::Memory),
            ("models", Self::Models),
            ("batches", Self::Batches),
        ];
        one_of("suite", word, &all)
    }
}

/// How to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For documents.
    Markdown,
    /// For programs: one document, at the end.
    Json,
}

impl FromStr for Format {
    type Err = BenchError;

    fn from_str(word: &str) -> Result<Self, BenchError> {
        let all = [("text", Self::Text), ("markdown", Self::Markdown), ("json", Self::Json)];
        one_of("format", word, &all)
    }
}
