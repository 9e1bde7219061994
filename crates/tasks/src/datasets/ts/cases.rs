//! The lines after `@data`.

use super::data::Case;
use super::header::Header;
use super::problem::Problem;

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
        let (series, label) = match self.classes {
            [] => (text, None),
            _ => match text.rsplit_once(':') {
                None => return Err(Problem::NoLabel),
                Some((series, label)) => (series, Some(label.trim())),
            },
        };
        let found = series.split(':').count();
        let expected = *self.channels.get_or_insert(found);
        if found != expected {
            return Err(Problem::WrongDimensions { found, expected });
        }
        let dimensions = (1..)
            .zip(series.split(':'))
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
        })
    }

    fn dimension(&self, number: usize, text: &str) -> Result<Vec<f32>, Problem> {
        if text.trim().is_empty() {
            return Err(Problem::EmptyDimension { dimension: number });
        }
        let value = |(position, text): (usize, &str)| {
            let text = text.trim();
            if text == "?" || text.eq_ignore_ascii_case("nan") {
                return match self.header.missing {
                    Some(false) => Err(Problem::UndeclaredMissing { dimension: number, position }),
                    _ => Ok(f32::NAN),
                };
            }
            text.parse().ok().filter(|value: &f32| value.is_finite()).ok_or_else(|| {
                Problem::NotANumber { dimension: number, position, found: text.into() }
            })
        };
        (1..).zip(text.split(',')).map(value).collect()
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
