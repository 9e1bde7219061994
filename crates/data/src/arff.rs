//! Reader of `.arff` files as the UCR and UEA archives write them.
//!
//! ```text
//! @relation Example
//! @attribute att1 numeric
//! @attribute att2 numeric
//! @attribute target {left,right}
//! @data
//! 0.5,?,left
//! ```
//!
//! All attributes but the last are the steps of one channel. Of several channels there is one
//! attribute, `relational`, and a case holds its channels in quotes, one a line written `\n`:
//! `'1,2\n3,4',left`. The last attribute is the class, or a number (a regression target). `?`
//! is a missing value; at the end of a case it ends the case.

use std::path::Path;

use crate::number::{finite, number_or_missing};
use crate::ts::{Case, TsData};
use crate::utf8::{brief, whole};
use crate::{DataError, read_file};

/// Reads the file at `path`.
///
/// # Errors
/// [`DataError::Read`], and those of [`parse`].
pub fn read(path: &Path) -> Result<TsData, DataError> {
    parse(path, &read_file(path)?)
}

/// What the last attribute is.
#[derive(Debug, Clone)]
enum Last {
    Classes(Vec<String>),
    Number,
}

/// What the attributes say.
#[derive(Debug, Default)]
struct Header {
    name: String,
    /// Attributes but the last; those within a relation do not count.
    steps: usize,
    relational: bool,
    last: Option<Last>,
}

/// Reads the content of a file; `path` is for messages only.
///
/// # Errors
/// [`DataError::Line`] for the first line that breaks a rule.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<TsData, DataError> {
    let text = whole(path, bytes)?;
    let mut lines = (1..)
        .zip(text.lines().map(str::trim))
        .filter(|(_, text)| !text.is_empty() && !text.starts_with('%'));
    let header = header(path, &mut lines)?;
    let last = header.last.as_ref().ok_or_else(|| {
        DataError::file(path, "no @attribute before @data; the last one is the class")
    })?;
    let mut channels = None;
    let mut cases = Vec::new();
    for (line, text) in lines {
        let broken = |problem: String| DataError::line(path, line, problem);
        let (series, label) = text
            .rsplit_once(',')
            .ok_or_else(|| broken("a case is values, a comma and its class".into()))?;
        let rows =
            if header.relational { relation(series) } else { row(series).map(|it| vec![it]) };
        let rows = rows.map_err(broken)?;
        if !header.relational && rows[0].len() != header.steps {
            let (found, expected) = (rows[0].len(), header.steps);
            let problem = format!("{found} values where the attributes ask for {expected}");
            return Err(broken(problem));
        }
        let expected = *channels.get_or_insert(rows.len());
        if rows.len() != expected {
            let problem = format!("{} channels where {expected} are expected", rows.len());
            return Err(broken(problem));
        }
        let values = joined(&rows).map_err(broken)?;
        let label = unquoted(label.trim());
        let (label, target) = match last {
            Last::Number => {
                let target = finite(label);
                let problem = || broken(format!("the target \"{label}\" is not a finite number"));
                (None, Some(target.ok_or_else(problem)?))
            }
            Last::Classes(classes) => {
                let class = classes.iter().position(|class| class == label);
                let known = classes.join(" ");
                let problem = || broken(format!("the class \"{label}\" is none of {known}"));
                (Some(class.ok_or_else(problem)?), None)
            }
        };
        cases.push(Case { line, values, label, target });
    }
    let Some(channels) = channels else {
        return Err(DataError::file(path, "no case follows @data"));
    };
    let classes = match last {
        Last::Classes(classes) => classes.clone(),
        Last::Number => Vec::new(),
    };
    Ok(TsData { name: header.name, channels, classes, cases })
}

fn header<'a>(
    path: &Path,
    lines: &mut impl Iterator<Item = (usize, &'a str)>,
) -> Result<Header, DataError> {
    let mut header = Header::default();
    let mut in_relation = false;
    for (line, text) in lines {
        let broken = |problem: String| DataError::line(path, line, problem);
        let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word.to_ascii_lowercase().as_str() {
            "@data" => return Ok(header),
            "@relation" => unquoted(rest.trim()).clone_into(&mut header.name),
            "@end" => in_relation = false,
            "@attribute" if in_relation => {}
            "@attribute" => {
                // What was thought to be the last attribute is a step.
                header.steps += usize::from(header.last.is_some());
                let kind = kind_of(rest).trim();
                if kind.eq_ignore_ascii_case("relational") {
                    (header.relational, in_relation) = (true, true);
                    continue;
                }
                let classes = kind.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                header.last = Some(match classes {
                    None => Last::Number,
                    Some(classes) => {
                        let class = |class: &str| unquoted(class.trim()).to_owned();
                        Last::Classes(classes.split(',').map(class).collect())
                    }
                });
            }
            _ => {
                let shown = brief(text);
                let problem = format!(
                    "\"{shown}\" before @data is none of @relation, @attribute, @end and @data"
                );
                return Err(broken(problem));
            }
        }
    }
    Err(DataError::file(path, "the file ends without a line @data"))
}

/// What stands after the name of an attribute, which may be in quotes.
fn kind_of(text: &str) -> &str {
    let text = text.trim();
    let quote = text.chars().next().filter(|c| ['\'', '"'].contains(c));
    let end = match quote {
        Some(quote) => text[1..].find(quote).map(|at| at + 2),
        None => text.find(char::is_whitespace),
    };
    end.map_or("", |end| &text[end..])
}

/// A text without the quotes around it.
fn unquoted(text: &str) -> &str {
    let quoted = |quote| text.strip_prefix(quote).and_then(|it: &str| it.strip_suffix(quote));
    quoted('\'').or_else(|| quoted('"')).unwrap_or(text)
}

/// The channels of a relation in quotes.
fn relation(text: &str) -> Result<Vec<Vec<f32>>, String> {
    let text = text.trim();
    let inner = unquoted(text);
    if inner.len() == text.len() {
        return Err("the channels of a case stand in quotes, one after another with \\n".into());
    }
    inner.split("\\n").map(row).collect()
}

fn row(text: &str) -> Result<Vec<f32>, String> {
    let value = |(position, text): (usize, &str)| {
        let refused = || {
            let shown = brief(text.trim());
            format!("value {position}: \"{shown}\" is not a finite 32-bit number or ?")
        };
        number_or_missing(text.trim()).ok_or_else(refused)
    };
    (1..).zip(text.split(',')).map(value).collect()
}

/// `[steps, channels]` of channels, without the steps at the end that miss every channel.
fn joined(rows: &[Vec<f32>]) -> Result<Vec<f32>, String> {
    let steps = rows[0].len();
    if let Some(at) = rows.iter().position(|row| row.len() != steps) {
        let found = rows[at].len();
        return Err(format!("channel {} has {found} values, channel 1 has {steps}", at + 1));
    }
    let is_missing = |&step: &usize| rows.iter().all(|row| row[step].is_nan());
    let length = steps - (0..steps).rev().take_while(is_missing).count();
    if length == 0 {
        return Err("every value of the case is missing".into());
    }
    Ok((0..length).flat_map(|step| rows.iter().map(move |row| row[step])).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Result<TsData, String> {
        parse(Path::new("data.arff"), text.as_bytes()).map_err(|error| error.to_string())
    }

    const ONE: &str = "% a comment\n@RELATION 'a b'\n@attribute att1 numeric\n\
                       @attribute 'at t2' numeric\n@attribute target {left, 'right'}\n@data\n";

    #[test]
    fn one_channel() {
        let data = read_text(&format!("{ONE}1,2.5,right\n\n-1,?,left\n")).unwrap();
        assert_eq!((&*data.name, data.channels), ("a b", 1));
        assert_eq!(data.classes, ["left", "right"]);
        assert_eq!((data.cases[0].label, &*data.cases[0].values), (Some(1), &[1.0, 2.5][..]));
        assert_eq!((data.cases[1].label, &*data.cases[1].values), (Some(0), &[-1.0][..]));
    }

    #[test]
    fn several_channels_and_targets() {
        let header = "@relation x\n@attribute r relational\n@attribute a numeric\n@attribute b \
                      numeric\n@attribute c numeric\n@end r\n";
        let text = format!("{header}@attribute class {{a,b}}\n@data\n'1,2,?\\n3,4,?',b\n");
        let data = read_text(&text).unwrap();
        assert_eq!((data.channels, &*data.cases[0].values), (2, &[1.0, 3.0, 2.0, 4.0][..]));
        assert_eq!(data.cases[0].label, Some(1));
        let text = format!("{header}@attribute y numeric\n@data\n\"1,2\\n3,4\",-0.5\n");
        let data = read_text(&text).unwrap();
        assert_eq!((data.cases[0].target, data.cases[0].label), (Some(-0.5), None));
    }

    #[test]
    fn broken_files_are_named() {
        let cases = ["1,2", "1,2,3,left", "1,x,left", "1,2,up", "?,?,left", "left"];
        let mut messages: Vec<_> =
            cases.iter().map(|case| read_text(&format!("{ONE}{case}\n")).unwrap_err()).collect();
        messages.push(read_text("").unwrap_err());
        messages.push(read_text(ONE).unwrap_err());
        messages.push(read_text("@data\n1,2\n").unwrap_err());
        messages.push(read_text("@what\n@data\n").unwrap_err());
        let relational = "@attribute r relational\n@attribute a numeric\n@end r\n@attribute c \
                          {a}\n@data\n";
        for case in ["1,2,a", "'1,2\\n3',a", "'1\\n2',a\n'1',a"] {
            messages.push(read_text(&format!("{relational}{case}\n")).unwrap_err());
        }
        insta::assert_snapshot!(messages.join("\n"));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(@[a-z]{0,4}|@attribute|@data|\\{|\\}|'|,|\\?|1|a| |\n){0,40}") {
            let _ = read_text(&text);
        }
    }
}
