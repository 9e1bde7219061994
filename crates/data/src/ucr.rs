//! Reader of the plain text layout of the UCR archive (2015 and 2018): one case a line, its
//! label first, its values after it, between tabs, commas or blanks.
//!
//! ```text
//! 1,0.5,0.25,0.125
//! 2,0.75,?,NaN
//! ```
//!
//! `?` and `NaN` are missing values; at the end of a line they only fill up a case that is
//! shorter than others, and end it. Labels may be any text without blanks and commas; classes
//! are in the order of numbers where all labels are numbers, else of the alphabet.

use std::path::Path;

use crate::number::number_or_missing;
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

/// Reads the content of a file; `path` is for messages only.
///
/// # Errors
/// [`DataError::Line`] for the first line that breaks a rule.
pub fn parse(path: &Path, bytes: &[u8]) -> Result<TsData, DataError> {
    let text = whole(path, bytes)?;
    let mut labelled = Vec::new();
    for (line, text) in (1..).zip(text.lines()) {
        if text.trim().is_empty() {
            continue;
        }
        let case = case(text).map_err(|problem| DataError::line(path, line, problem))?;
        labelled.push((line, case));
    }
    if labelled.is_empty() {
        return Err(DataError::file(path, "no line holds a case"));
    }
    let classes = in_order(labelled.iter().map(|(_, (label, _))| label.clone()).collect());
    let case = |(line, (label, values)): (usize, (String, Vec<f32>))| Case {
        line,
        values,
        label: classes.iter().position(|class| *class == label),
        target: None,
    };
    let cases = labelled.into_iter().map(case).collect();
    Ok(TsData { name: String::new(), channels: 1, classes, cases })
}

/// Label and values of a line.
fn case(text: &str) -> Result<(String, Vec<f32>), String> {
    let separator = [',', '\t'].into_iter().find(|separator| text.contains(*separator));
    let mut fields: Box<dyn Iterator<Item = &str>> = match separator {
        Some(separator) => Box::new(text.trim().split(separator).map(str::trim)),
        None => Box::new(text.split_whitespace()),
    };
    let label = fields.next().filter(|label| !label.is_empty());
    let label = label.ok_or("the case has no label; write it before the values")?;
    let mut values = Vec::new();
    for (position, field) in (1..).zip(fields) {
        values.push(number_or_missing(field).ok_or_else(|| {
            format!(
                "value {position}: \"{}\" is not a finite 32-bit number; write ? for a missing \
                 value",
                brief(field)
            )
        })?);
    }
    while values.last().is_some_and(|value| value.is_nan()) {
        values.pop();
    }
    if values.is_empty() {
        return Err("the case has no values after its label".into());
    }
    Ok((label.to_owned(), values))
}

/// Every label once, in the order of numbers where all are numbers, else of the alphabet.
pub(crate) fn in_order(mut labels: Vec<String>) -> Vec<String> {
    let number = |label: &String| label.parse::<f64>().ok().filter(|number| !number.is_nan());
    if labels.iter().all(|label| number(label).is_some()) {
        labels.sort_by(|a, b| number(a).partial_cmp(&number(b)).unwrap_or(a.cmp(b)).then(a.cmp(b)));
    } else {
        labels.sort();
    }
    labels.dedup();
    labels
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read_text(text: &str) -> Result<TsData, String> {
        parse(Path::new("data.tsv"), text.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn tabs_commas_and_blanks_separate() {
        for text in ["10\t1\t2.5\n-1\t3\t4\n", "10,1,2.5\r\n-1, 3,4", "  10 1  2.5\n\n-1 3 4"] {
            let data = read_text(text).unwrap();
            assert_eq!(data.classes, ["-1", "10"], "in the order of numbers");
            assert_eq!((data.channels, data.cases.len()), (1, 2));
            assert_eq!((data.cases[0].label, &*data.cases[0].values), (Some(1), &[1.0, 2.5][..]));
            assert_eq!((data.cases[1].label, &*data.cases[1].values), (Some(0), &[3.0, 4.0][..]));
        }
    }

    #[test]
    fn missing_values_at_the_end_make_a_case_shorter() {
        let data = read_text("walk,1,NaN,2,?,nan\nrun,1,2,3,4,5\n").unwrap();
        assert_eq!(data.classes, ["run", "walk"]);
        assert_eq!(data.cases[0].values.len(), 3);
        assert!(data.cases[0].values[1].is_nan());
        assert_eq!(data.cases[1].values.len(), 5);
    }

    #[test]
    fn broken_lines_are_named() {
        let message = |text: &str| read_text(text).unwrap_err();
        insta::assert_snapshot!(
            [
                message(""),
                message("\n \n"),
                message("1,2\n1\n"),
                message("1,2\n,2\n"),
                message("1,2\n1,?,?\n"),
                message("1,2\n2,1e39\n"),
                message("1,2\n2,x y\n"),
                message("1\t2\n2\t\t3\n"),
            ]
            .join("\n"),
            @r#"
        data.tsv: no line holds a case
        data.tsv: no line holds a case
        data.tsv:2: the case has no values after its label
        data.tsv:2: the case has no label; write it before the values
        data.tsv:2: the case has no values after its label
        data.tsv:2: value 1: "1e39" is not a finite 32-bit number; write ? for a missing value
        data.tsv:2: value 1: "x y" is not a finite 32-bit number; write ? for a missing value
        data.tsv:2: value 1: "" is not a finite 32-bit number; write ? for a missing value
        "#
        );
        let error = parse(Path::new("data.tsv"), b"1,2\n\xff").unwrap_err().to_string();
        assert!(error.starts_with("data.tsv:2: the file is not UTF-8"), "{error}");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes: Vec<u8>) {
            let _ = parse(Path::new("data.tsv"), &bytes);
        }

        #[test]
        fn what_is_written_is_read(
            cases in prop::collection::vec(
                ("[a-z]{1,3}", prop::collection::vec(-1e6_f32..1e6, 1..5)), 1..6,
            ),
        ) {
            let line = |(label, values): &(String, Vec<f32>)| {
                let values: Vec<_> = values.iter().map(f32::to_string).collect();
                format!("{label}\t{}\n", values.join("\t"))
            };
            let data = read_text(&cases.iter().map(line).collect::<String>()).unwrap();
            for (case, (label, values)) in data.cases.iter().zip(&cases) {
                prop_assert_eq!(&data.classes[case.label.unwrap()], label);
                prop_assert_eq!(&case.values, values);
            }
        }
    }
}
