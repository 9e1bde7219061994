//! The lines before the cases.

use super::problem::{Broken, Problem};

/// What the tags state; `None` where a tag is absent.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// `@problemName`.
    pub name: String,
    /// `@missing`.
    pub missing: Option<bool>,
    /// `@dimensions`, or 1 after `@univariate true`.
    pub dimensions: Option<usize>,
    /// `@equalLength`.
    pub equal_length: Option<bool>,
    /// `@seriesLength`.
    pub series_length: Option<usize>,
    /// `@classLabel`: `None` until the tag is seen, empty if the cases have no labels.
    pub classes: Option<Vec<String>>,
    /// `@timeStamps`.
    pub time_stamps: bool,
    /// `@targetLabel`: `None` until the tag is seen.
    pub targets: Option<bool>,
    /// Tags so far, in lower case.
    seen: Vec<String>,
}

/// Reads up to and with `@data`; `last` is the number of the file's last line.
pub(super) fn read<'a>(
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
    last: usize,
) -> Result<Header, Broken> {
    let mut header = Header::default();
    for (line, text) in lines {
        let broken = |problem| Broken { line, problem };
        let text = text
            .strip_prefix('@')
            .ok_or_else(|| broken(Problem::NotATag { found: text.into() }))?;
        let mut words = text.split_whitespace();
        let tag = words.next().unwrap_or_default();
        if tag.eq_ignore_ascii_case("data") {
            return header.complete().map_err(broken);
        }
        header.take(tag, &words.collect::<Vec<_>>()).map_err(broken)?;
    }
    Err(Broken { line: last, problem: Problem::NoData })
}

impl Header {
    /// Reads one tag and the words after it.
    fn take(&mut self, tag: &str, words: &[&str]) -> Result<(), Problem> {
        let key = tag.to_ascii_lowercase();
        match key.as_str() {
            "problemname" => self.name = words.join(" "),
            "timestamps" => self.time_stamps = flag(tag, words)?,
            "targetlabel" => self.targets = Some(flag(tag, words)?),
            "missing" => self.missing = Some(flag(tag, words)?),
            "univariate" if flag(tag, words)? => self.dimensions(1)?,
            "univariate" => {}
            "dimension" | "dimensions" => match count(tag, words)? {
                0 => return Err(not_a_count(tag, words)),
                dimensions => self.dimensions(dimensions)?,
            },
            "equallength" => self.equal_length = Some(flag(tag, words)?),
            "serieslength" => self.series_length = Some(count(tag, words)?),
            "classlabel" => self.classes = Some(classes(words)?),
            _ => return Err(Problem::UnknownTag { tag: tag.into() }),
        }
        if self.seen.contains(&key) {
            return Err(Problem::RepeatedTag { tag: tag.into() });
        }
        self.seen.push(key);
        Ok(())
    }

    /// Notes a number of dimensions, which two tags may state.
    fn dimensions(&mut self, dimensions: usize) -> Result<(), Problem> {
        match self.dimensions.replace(dimensions) {
            Some(other) if other != dimensions => Err(Problem::TwoDimensions),
            _ => Ok(()),
        }
    }

    fn complete(self) -> Result<Self, Problem> {
        match (&self.classes, self.targets) {
            (Some(classes), Some(true)) if !classes.is_empty() => Err(Problem::ClassAndTarget),
            (None, None) => Err(Problem::NoClassLabel),
            _ => Ok(self),
        }
    }
}

fn flag(tag: &str, words: &[&str]) -> Result<bool, Problem> {
    match words {
        [word] if word.eq_ignore_ascii_case("true") => Ok(true),
        [word] if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Problem::NotAFlag { tag: tag.into(), found: words.join(" ") }),
    }
}

fn count(tag: &str, words: &[&str]) -> Result<usize, Problem> {
    match words {
        [word] => word.parse().map_err(|_| not_a_count(tag, words)),
        _ => Err(not_a_count(tag, words)),
    }
}

fn not_a_count(tag: &str, words: &[&str]) -> Problem {
    Problem::NotACount { tag: tag.into(), found: words.join(" ") }
}

fn classes(words: &[&str]) -> Result<Vec<String>, Problem> {
    let (first, labels) = words.split_first().unwrap_or((&"", &[]));
    if !flag("classLabel", &[first])? {
        return match labels.first() {
            None => Ok(Vec::new()),
            Some(label) => Err(Problem::LabelAfterFalse { label: (*label).into() }),
        };
    }
    if labels.is_empty() {
        return Err(Problem::NoLabels);
    }
    for (i, label) in labels.iter().enumerate() {
        if label.contains(':') {
            return Err(Problem::LabelWithColon { label: (*label).into() });
        }
        if labels[..i].contains(label) {
            return Err(Problem::RepeatedLabel { label: (*label).into() });
        }
    }
    Ok(labels.iter().map(|label| (*label).to_owned()).collect())
}
