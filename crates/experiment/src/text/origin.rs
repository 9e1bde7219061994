//! Where a value came from.

use std::fmt;
use std::sync::Arc;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The default of its key.
    Default,
    /// A file.
    Written {
        /// Which part of the file.
        part: Part,
        /// The file, where it is not the experiment file itself but one that it extends.
        file: Option<Arc<str>>,
        /// Line in the file, from 1.
        line: usize,
    },
    /// The command line.
    CommandLine {
        /// The whole argument: `train.steps=50`.
        argument: Arc<str>,
    },
}

/// The parts of an experiment file in which values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// `[model]`, `[train]` or the top of the file.
    Top,
    /// `[[task]]`.
    Task,
    /// `[[arm]]`.
    Arm,
    /// `[grid]`.
    Grid,
    /// `[zip]`.
    Zip,
    /// `[random]`.
    Random,
    /// `exclude`.
    Exclude,
    /// `[tune]`.
    Tune,
    /// `[budget]`.
    Budget,
}

impl Part {
    /// How the file spells it; empty for the top.
    pub fn label(self) -> &'static str {
        match self {
            Self::Top => "",
            Self::Task => "[[task]]",
            Self::Arm => "[[arm]]",
            Self::Grid => "[grid]",
            Self::Zip => "[zip]",
            Self::Random => "[random]",
            Self::Exclude => "`exclude`",
            Self::Tune => "[tune]",
            Self::Budget => "[budget]",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::CommandLine { .. } => write!(f, "command line"),
            Self::Written { part, file, line } => {
                if let Some(file) = file {
                    write!(f, "{file}, ")?;
                }
                match part {
                    Part::Top => write!(f, "line {line}"),
                    part => write!(f, "{}, line {line}", part.label()),
                }
            }
        }
    }
}
