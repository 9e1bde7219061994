//! Places in the experiment file and in the overrides of the command line.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use miette::NamedSource;

use crate::Origin;

/// A stretch of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// [`Sources::FILE`], or the position of an override, from 1.
    pub source: usize,
    pub start: usize,
    pub end: usize,
}

impl Place {
    pub fn new(source: usize, bytes: Range<usize>) -> Self {
        Self { source, start: bytes.start, end: bytes.end }
    }

    /// The start of the experiment file: where something is missing altogether.
    pub const START: Self = Self { source: Sources::FILE, start: 0, end: 0 };
}

/// Which part of the file a value is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Top,
    Task,
    Arm,
}

/// Every text that a message may point into.
pub(crate) struct Sources {
    named: Vec<Arc<NamedSource<String>>>,
    /// Byte at which each line of the file starts.
    lines: Vec<usize>,
}

impl Sources {
    /// Index of the experiment file.
    pub const FILE: usize = 0;

    pub fn new(path: &Path, text: &str, overrides: &[String]) -> Self {
        let file = NamedSource::new(path.display().to_string(), text.to_owned());
        let overrides =
            overrides.iter().map(|text| NamedSource::new("command line", text.to_owned()));
        let named = std::iter::once(file).chain(overrides).map(Arc::new).collect();
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        Self { named, lines }
    }

    pub fn named(&self, place: Place) -> Arc<NamedSource<String>> {
        Arc::clone(&self.named[place.source])
    }

    pub fn text(&self, source: usize) -> &str {
        self.named[source].inner()
    }

    pub fn origin(&self, place: Place, part: Part) -> Origin {
        if place.source != Self::FILE {
            return Origin::CommandLine { argument: self.text(place.source).to_owned() };
        }
        let line = self.lines.partition_point(|&start| start <= place.start);
        match part {
            Part::Top => Origin::File { line },
            Part::Task => Origin::Task { line },
            Part::Arm => Origin::Arm { line },
        }
    }
}
