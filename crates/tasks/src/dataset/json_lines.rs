//! `.jsonl`: one object a line, one sequence an object.
//!
//! The field `inputs` holds a list of numbers (one channel), a list of lists (one a step) or, as
//! `text`, a string or a list of words; `null` is a missing number. The field `target` holds a label,
//! a number or a list of numbers, or for tagging a list with a label or `null` for each step.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use data::DataError;
use data::utf8::brief;
use serde_json::{Map, Value};

use crate::dataset::job::Job;
use crate::dataset::manifest::{Asks, Columns, MANIFEST};
use crate::dataset::record::{Answer, Content, PartName, Place, Record};

pub(super) fn read(job: &mut Job) {
    let columns = &job.manifest.columns;
    let named = (columns.inputs.all().len(), columns.text.is_some(), columns.target.all().len());
    if !matches!(named, (1, false, 1) | (0, true, 1)) {
        let problem = format!(
            "[columns] in {MANIFEST}: of .jsonl give one field as `inputs` (numbers) or as `text`, and \
             one as `target`"
        );
        return job.faults.add(DataError::file(job.path, problem));
    }
    let failed = |source| DataError::Read { path: job.path.into(), source };
    let Some(file) = job.faults.unless(File::open(job.path).map_err(failed)) else { return };
    let mut lines = BufReader::new(file);
    let mut bytes = Vec::new();
    for line in 1.. {
        bytes.clear();
        match job.faults.unless(lines.read_until(b'\n', &mut bytes).map_err(failed)) {
            None | Some(0) => return,
            Some(_) => {}
        }
        let mark = if line == 1 { "\u{feff}".as_bytes() } else { b"" };
        let text = bytes.strip_prefix(mark).unwrap_or(&bytes).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let place = Place { file: job.file, line };
        match object(text).and_then(|object| record(&object, columns, job.asks, place)) {
            Ok(record) => job.records.push(Record { part: record.part.or(job.part), ..record }),
            Err(problem) => job.faults.add(DataError::line(job.path, line, problem)),
        }
    }
}

fn object(text: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(text).map_err(|error| {
        // Its own line is always 1.
        let text = error.to_string();
        let problem = text.split(" at line ").next().unwrap_or_default();
        format!("column {}: it is not one JSON object: {problem}", error.column())
    })
}

fn record(
    object: &Map<String, Value>,
    columns: &Columns,
    asks: Asks,
    place: Place,
) -> Result<Record, String> {
    let field = |name: &str| {
        object.get(name).ok_or_else(|| format!("there is no field \"{}\"", brief(name)))
    };
    let of = |name: &str, problem: String| format!("field \"{}\": {problem}", brief(name));
    let content = match (columns.inputs.all(), &columns.text) {
        ([name], _) => numbers(field(name)?).map_err(|problem| of(name, problem))?,
        (_, Some(name)) => words(field(name)?).map_err(|problem| of(name, problem))?,
        (_, None) => return Err("neither `inputs` nor `text` is named".into()),
    };
    let name = &columns.target.all()[0];
    let answer = answer(field(name)?, asks).map_err(|problem| of(name, problem))?;
    if let Answer::Tags(tags) = &answer {
        let steps = content.steps();
        if tags.len() != steps || matches!(content, Content::Text(_)) {
            let problem = format!("{} tags for {steps} steps; give one a step", tags.len());
            return Err(of(name, problem));
        }
    }
    let text = |name: &String| {
        label(field(name)?).ok_or_else(|| of(name, "it is neither text nor a number".into()))
    };
    let part = columns
        .part
        .as_ref()
        .map(|name| PartName::of(&text(name)?).map_err(|problem| of(name, problem)));
    let group = columns.group.as_ref().map(text).transpose()?;
    Ok(Record { place, content, answer, part: part.transpose()?, group })
}

/// `[steps]` or `[steps][channels]`.
fn numbers(value: &Value) -> Result<Content, String> {
    let steps = value.as_array().ok_or("it is no list")?;
    let wide = steps.first().is_some_and(Value::is_array);
    let mut values = Vec::new();
    let mut channels = 1;
    for (at, step) in steps.iter().enumerate() {
        let of_step = |problem: String| format!("step {}: {problem}", at + 1);
        let row = match step {
            Value::Array(row) if wide => row.as_slice(),
            Value::Array(_) => return Err(of_step("it is a list, the first is a number".into())),
            _ if wide => return Err(of_step("it is no list, the first is one".into())),
            number => std::slice::from_ref(number),
        };
        if at == 0 {
            channels = row.len();
        }
        if row.len() != channels || channels == 0 {
            let problem = format!("{} numbers, the first step has {channels}", row.len());
            return Err(of_step(problem));
        }
        for value in row {
            values.push(finite(value, true).map_err(of_step)?);
        }
    }
    Ok(Content::Numbers { values, channels })
}

fn finite(value: &Value, may_lack: bool) -> Result<f32, String> {
    match value {
        Value::Null if may_lack => Ok(f32::NAN),
        Value::Number(number) => {
            let number = number.as_f64().map(|number| number as f32);
            number.filter(|it| it.is_finite()).ok_or("it is not a finite 32-bit number".into())
        }
        other => Err(format!("{} is no number", brief(&other.to_string()))),
    }
}

fn words(value: &Value) -> Result<Content, String> {
    match value {
        Value::String(text) => Ok(Content::Text(text.clone())),
        Value::Array(words) => {
            let word = |word: &Value| {
                let text = word.as_str().filter(|text| !text.is_empty());
                let text = text.ok_or("a word of it is empty or no text")?;
                Ok((text.to_owned(), true))
            };
            words.iter().map(word).collect::<Result<_, String>>().map(Content::Words)
        }
        _ => Err("it is neither text nor a list of words".into()),
    }
}

fn answer(value: &Value, asks: Asks) -> Result<Answer, String> {
    match asks {
        Asks::Values => {
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            let values = values.iter().map(|value| finite(value, false));
            values.collect::<Result<_, _>>().map(Answer::Values)
        }
        Asks::Tags => {
            let tags = value.as_array().ok_or("it is no list of tags")?;
            let tag = |tag: &Value| match tag {
                Value::Null => Ok(None),
                tag => label(tag).map(Some).ok_or("a tag of it is neither text nor a number"),
            };
            let tags = tags.iter().map(tag).collect::<Result<_, _>>();
            tags.map(Answer::Tags).map_err(str::to_owned)
        }
        Asks::Class => {
            label(value).map(Answer::Class).ok_or("it is neither text nor a number".into())
        }
    }
}

/// A label as text.
fn label(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}
