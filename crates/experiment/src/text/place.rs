//! Places in the experiment file, in the files it extends and in the overrides of the
//! command line.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use miette::NamedSource;

use crate::text::origin::{Origin, Part};

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

    /// Where a drawing of it ends: not after everything in a long table or list.
    pub fn drawn_end(self) -> usize {
        const LONGEST: usize = 200;
        self.end.min(self.start + LONGEST)
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
    /// The path of a file, the text of an override: every value that comes from it keeps it.
    name: Arc<str>,
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
        let name = named.name().into();
        self.texts.push(SourceText { named: Arc::new(named), name, lines: Some(lines) });
        self.texts.len() - 1
    }

    /// Adds an argument of the command line and gives its index.
    pub fn add_override(&mut self, text: &str) -> usize {
        let named = NamedSource::new("command line", text.to_owned());
        self.texts.push(SourceText { named: Arc::new(named), name: text.into(), lines: None });
        self.texts.len() - 1
    }

    pub fn named(&self, place: Place) -> Arc<NamedSource<String>> {
        Arc::clone(&self.texts[place.source].named)
    }

    pub fn origin(&self, place: Place, part: Part) -> Origin {
        let source = &self.texts[place.source];
        let Some(lines) = &source.lines else {
            return Origin::CommandLine { argument: Arc::clone(&source.name) };
        };
        let line = lines.partition_point(|&start| start <= place.start);
        let file = (place.source != Self::FILE).then(|| Arc::clone(&source.name));
        Origin::Written { part, file, line }
    }

    /// Whether the lines of the place, and those before and after, are short enough to be
    /// shown to people.
    pub fn is_drawable(&self, place: Place) -> bool {
        const LONGEST_LINE: usize = 500;
        let source = &self.texts[place.source];
        let length = source.named.inner().len();
        let Some(lines) = &source.lines else { return length <= LONGEST_LINE };
        let line = |byte| lines.partition_point(|&start| start <= byte);
        let (first, last) = (line(place.start).saturating_sub(2), line(place.drawn_end()) + 1);
        let starts = &lines[first.min(lines.len())..last.min(lines.len())];
        let ends =
            starts.iter().skip(1).copied().chain([lines.get(last).copied().unwrap_or(length)]);
        starts.iter().zip(ends).all(|(start, end)| end - start <= LONGEST_LINE)
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
