//! Places in the experiment file, in the files it extends and in the overrides of the
//! command line.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use miette::NamedSource;

use crate::{Origin, Part};

/// A stretch of bytes in one of the [`Sources`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Index among the [`Sources`].
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

/// Every text that a message may point into: the experiment file, the files that it
/// extends, the overrides.
pub(crate) struct Sources {
    texts: Vec<SourceText>,
}

struct SourceText {
    named: Arc<NamedSource<String>>,
    /// Byte at which each line starts; `None` for an override.
    lines: Option<Vec<usize>>,
}

impl Sources {
    /// Index of the experiment file.
    pub const FILE: usize = 0;

    pub fn new(path: &Path, text: &str) -> Self {
        let mut sources = Self { texts: Vec::new() };
        sources.add_file(path, text);
        sources
    }

    /// Adds a file and gives its index.
    pub fn add_file(&mut self, path: &Path, text: &str) -> usize {
        let named = NamedSource::new(path.display().to_string(), text.to_owned());
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect();
        self.texts.push(SourceText { named: Arc::new(named), lines: Some(lines) });
        self.texts.len() - 1
    }

    /// Adds an argument of the command line and gives its index.
    pub fn add_override(&mut self, text: &str) -> usize {
        let named = NamedSource::new("command line", text.to_owned());
        self.texts.push(SourceText { named: Arc::new(named), lines: None });
        self.texts.len() - 1
    }

    pub fn named(&self, place: Place) -> Arc<NamedSource<String>> {
        Arc::clone(&self.texts[place.source].named)
    }

    pub fn origin(&self, place: Place, part: Part) -> Origin {
        let source = &self.texts[place.source];
        let Some(lines) = &source.lines else {
            return Origin::CommandLine { argument: source.named.inner().as_str().into() };
        };
        let line = lines.partition_point(|&start| start <= place.start);
        let file = (place.source != Self::FILE).then(|| source.named.name().into());
        Origin::Written { part, file, line }
    }

    /// The place in words, for a message about another text.
    pub fn spelled(&self, place: Place) -> String {
        match self.origin(place, Part::Top) {
            Origin::Written { line, .. } => {
                format!("{}, line {line}", self.texts[place.source].named.name())
            }
            origin => origin.to_string(),
        }
    }

    /// Whether the place is on the command line.
    pub fn is_override(&self, place: Place) -> bool {
        self.texts[place.source].lines.is_none()
    }
}
