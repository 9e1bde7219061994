//! The lines after `@data`.

use super::data::Case;
use super::header::Header;
use super::problem::Problem;
use crate::number::{finite, number_or_missing};
use crate::time::Time;

/// Reads cases and holds them against the header and, where that is silent, against the
/// first case.
pub(super) struct Reader<'a> {
    header: &'a Header,
    classes: &'a [String],
    /// Dimensions of every case, once known.
    pub channels: Option<usize>,
    /// Steps of every case, where all must have the same.
    steps: Option<usize>,
}

impl<'a> Reader<'a> {
    pub fn new(header: &'a Header) -> Self {
        // `@seriesLength` is also found beside `@equalLength false`, as the longest.
        let steps = header.series_length.filter(|_| header.equal_length != Some(false));
        let classes = header.classes.as_deref().unwrap_or_default();
        Self { header, classes, channels: header.dimensions, steps }
    }

    pub fn case(&mut self, line: usize, text: &str) -> Result<Case, Problem> {
        if text.starts_with('@') {
            return Err(Problem::TagAfterData);
        }
        let targets = self.header.targets == Some(true);
        let (series, last) = match (self.classes, targets) {
            ([], false) => (text, None),
            _ => match text.rsplit_once(':') {
                None if targets => return Err(Problem::NoTarget),
                None => return Err(Problem::NoLabel),
                Some((series, last)) => (series, Some(last.trim())),
            },
        };
        let (label, target) = if targets { (None, last) } else { (last, None) };
        let found = split(series).count();
        let expected = *self.channels.get_or_insert(found);
        if found != expected {
            return Err(Problem::WrongDimensions { found, expected });
        }
        let dimensions = (1..)
            .zip(split(series))
            .map(|(number, values)| self.dimension(number, values))
            .collect::<Result<Vec<_>, _>>()?;
        let steps = dimensions[0].len();
        if let Some(at) = dimensions.iter().position(|values| values.len() != steps) {
            let found = dimensions[at].len();
            return Err(Problem::RaggedDimensions { dimension: at + 1, found, first: steps });
        }
        if self.header.equal_length == Some(true) {
            self.steps.get_or_insert(steps);
        }
        if let Some(expected) = self.steps.filter(|expected| *expected != steps) {
            return Err(Problem::WrongLength { found: steps, expected });
        }
        let values = (0..steps).flat_map(|step| dimensions.iter().map(move |values| values[step]));
        Ok(Case {
            line,
            values: values.collect(),
            label: label.map(|label| self.label(label)).transpose()?,
            target: target.map(number).transpose()?,
        })
    }

    fn dimension(&self, number: usize, text: &str) -> Result<Vec<f32>, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::EmptyDimension { dimension: number });
        }
        if self.header.time_stamps {
            return self.stamped(number, text);
        }
        (1..).zip(text.split(',')).map(|(at, text)| self.value(number, at, text)).collect()
    }

    /// The values of `(time,value),(time,value)`, by time.
    fn stamped(&self, number: usize, text: &str) -> Result<Vec<f32>, Problem> {
        let mut stamped = Vec::new();
        for (position, part) in (1..).zip(text.trim().split_inclusive(')')) {
            let part = part.trim();
            let broken = || Problem::NotStamped { dimension: number, position, found: part.into() };
            let own = if position == 1 { Some(part) } else { part.strip_prefix(',') };
            let inner = own.and_then(|it| it.trim().strip_prefix('(')?.strip_suffix(')'));
            let (time, value) = inner.and_then(|it| it.rsplit_once(',')).ok_or_else(broken)?;
            let value = self.value(number, position, value)?;
            stamped.push((Time::of(time), (position, time.trim()), value));
        }
        stamped.sort_by(|a, b| a.0.order(&b.0));
        if let Some(pair) = stamped.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            let (position, time) = (pair[1].1.0, pair[1].1.1.to_owned());
            return Err(Problem::RepeatedTime { dimension: number, position, time });
        }
        Ok(stamped.into_iter().map(|(_, _, value)| value).collect())
    }

    fn value(&self, number: usize, position: usize, text: &str) -> Result<f32, Problem> {
        let text = text.trim();
        let refused = || Problem::NotANumber { dimension: number, position, found: text.into() };
        let value = number_or_missing(text).ok_or_else(refused)?;
        if value.is_nan() && self.header.missing == Some(false) {
            return Err(Problem::UndeclaredMissing { dimension: number, position });
        }
        Ok(value)
    }

    fn label(&self, label: &str) -> Result<usize, Problem> {
        if label.is_empty() {
            return Err(Problem::NoLabel);
        }
        self.classes.iter().position(|class| class == label).ok_or_else(|| Problem::UnknownLabel {
            found: label.into(),
            known: self.classes.join(" "),
        })
    }
}

/// The target of a case.
fn number(text: &str) -> Result<f32, Problem> {
    finite(text).ok_or_else(|| Problem::NotATarget { found: text.into() })
}

/// Splits dimensions at `:`, but not within brackets: times of day hold `:` as well.
fn split(series: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    series.split(move |c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ':' && depth == 0
    })
}
