//! What is wrong with an experiment file, and how it is shown.

use std::fmt::Write as _;
use std::sync::Arc;

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode,
};

use crate::text::place::{Place, Sources};

/// One thing that is wrong.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    message: String,
    place: Place,
    label: String,
    /// A second place, such as the first use of a name.
    other: Option<(Place, String)>,
    help: Option<String>,
    /// Whether it is only that a data file is not there.
    lacks_data: bool,
    /// Set when the report is put together.
    text: Option<Arc<NamedSource<String>>>,
}

impl Problem {
    pub(crate) fn new(
        place: Place,
        message: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let help = Some(help.into()).filter(|help| !help.is_empty());
        Self {
            message: message.into(),
            place,
            label: label.into(),
            other: None,
            help,
            lacks_data: false,
            text: None,
        }
    }

    pub(crate) fn lacking_data(self, lacks_data: bool) -> Self {
        Self { lacks_data, ..self }
    }

    pub(crate) fn and(mut self, place: Place, label: impl Into<String>) -> Self {
        self.other = Some((place, label.into()));
        self
    }

    /// What is wrong, in one line.
    pub fn message(&self) -> &str {
        &self.message
    }

    fn span(&self, place: Place, label: &str) -> LabeledSpan {
        let text = self.text.as_ref().map_or("", |source| source.inner());
        let mut start = text.floor_char_boundary(place.start);
        let end = text.ceil_char_boundary(place.drawn_end());
        if text[start..].trim().is_empty() {
            // Nothing can be drawn below the end of a text: point at the last of it.
            start = text.trim_end().char_indices().next_back().map_or(0, |(at, _)| at);
        }
        let end = end.max(start);
        LabeledSpan::new(Some(label.to_owned()), start, end - start)
    }
}

impl Diagnostic for Problem {
    fn help(&self) -> Option<Box<dyn std::fmt::Display + '_>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.text.as_deref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let first = self.span(self.place, &self.label);
        let other = self.other.as_ref().map(|(place, label)| self.span(*place, label));
        Some(Box::new(std::iter::once(first).chain(other)))
    }
}

/// Everything that is wrong with an experiment file and its overrides.
#[derive(Debug, thiserror::Error)]
#[error("{count} in {file}", count = count(.problems.len()))]
pub struct Rejected {
    file: String,
    problems: Vec<Problem>,
}

impl Rejected {
    /// Most problems that [`Rejected::render`] shows in full.
    const SHOWN: usize = 30;

    pub(crate) fn new(sources: &Sources, mut problems: Vec<Problem>) -> Self {
        problems.sort_by(|a, b| (a.place, &a.message).cmp(&(b.place, &b.message)));
        problems.dedup_by(|a, b| (a.place, &a.message) == (b.place, &b.message));
        for problem in &mut problems {
            let (here, help) = (problem.place, &mut problem.help);
            let mut tell = |place, label: &str| {
                let at = sources.spelled(place);
                let help = help.get_or_insert_default();
                let _ = write!(help, "{}{label}: {at}", if help.is_empty() { "" } else { "; " });
            };
            let is_drawn = sources.is_drawable(here);
            if is_drawn {
                problem.text = Some(sources.named(here));
            } else {
                tell(here, &problem.label);
            }
            // Only one text can be drawn: a place in another one is told in words.
            let is_apart = |place: Place| {
                !is_drawn || place.source != here.source || !sources.is_drawable(place)
            };
            if let Some((place, label)) = problem.other.take_if(|(it, _)| is_apart(*it)) {
                tell(place, &label);
            }
        }
        Self { file: sources.named(Place::START).name().to_owned(), problems }
    }

    /// In the order of the file, those of the command line last; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether nothing is wrong but that data files are not there.
    pub fn lacks_only_data(&self) -> bool {
        self.problems.iter().all(|problem| problem.lacks_data)
    }

    /// The report as text: for each problem its line, a caret and what to do; at the end
    /// how many there are. `width` is in columns.
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme =
            if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(width.max(40))
            .with_context_lines(1)
            .with_links(false);
        let mut text = String::new();
        for problem in self.problems.iter().take(Self::SHOWN) {
            // Writing to a string cannot fail, and a problem that cannot be drawn is
            // still told in words.
            if handler.render_report(&mut text, problem).is_err() {
                let _ = writeln!(text, "{problem}");
            }
            text.push('\n');
        }
        let _ = write!(text, "{self}");
        if self.problems.len() > Self::SHOWN {
            let _ = write!(text, "; the first {} are shown", Self::SHOWN);
        }
        text.push('\n');
        text
    }
}

impl Diagnostic for Rejected {
    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.problems.iter().map(|problem| problem as _)))
    }
}

fn count(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        many => format!("{many} problems"),
    }
}

/// A word of the user's for use inside a message: no control characters, not too long.
pub(crate) fn shown(word: &str) -> String {
    const LONGEST: usize = 60;
    let escaped: String = word.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if word.chars().nth(LONGEST).is_some() { escaped + "…" } else { escaped }
}
