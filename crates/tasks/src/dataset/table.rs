//! Tables, `.csv` and `.tsv`: a row is a step of a sequence, or a sequence by itself.
//!
//! With `sequence`, rows that share its value are the steps of one sequence, in the order of the
//! file. Without it, a row is a sequence: of the characters or words of its `text`, or of one channel
//! with the columns `inputs` as its steps, where empty cells at the end are no steps.

use std::collections::HashMap;

use data::DataError;
use data::csv::{Table, number};
use data::utf8::brief;

use crate::dataset::job::Job;
use crate::dataset::manifest::{Asks, MANIFEST};
use crate::dataset::record::{Answer, Content, PartName, Place, Record};

/// Places of the columns that the manifest names.
struct Columns {
    inputs: Vec<usize>,
    text: Option<usize>,
    target: Vec<usize>,
    sequence: Option<usize>,
    part: Option<usize>,
    group: Option<usize>,
}

pub(super) fn read(job: &mut Job) {
    let path = job.path;
    let Some(mut table) = job.faults.unless(Table::open(path)) else { return };
    let columns = match Columns::find(&table, job) {
        Ok(columns) => columns,
        Err(faults) => return faults.into_iter().for_each(|fault| job.faults.add(fault)),
    };
    if columns.sequence.is_some() || columns.text.is_some() {
        *job.channels =
            columns.inputs.iter().map(|&column| table.headers()[column].clone()).collect();
    }
    // Places among the records, by the value of `sequence`.
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut last = 0;
    loop {
        let (line, row) = match table.next_row() {
            Ok(None) => return,
            Ok(Some((line, row))) => (line, row.iter().map(str::to_owned).collect::<Vec<_>>()),
            Err(fault) => {
                let at = match &fault {
                    DataError::Line { line, .. } => *line,
                    DataError::Read { .. } | DataError::File { .. } => usize::MAX,
                };
                // A quote that never closes is said again for ever.
                if at > last {
                    job.faults.add(fault);
                }
                if at <= last || at == usize::MAX {
                    return;
                }
                last = at;
                continue;
            }
        };
        let record = match columns.record(&row, job.asks, Place { file: job.file, line }) {
            Ok(record) => Record { part: record.part.or(job.part), ..record },
            Err((column, problem)) => {
                job.faults.add(table.fault(line, column, &problem));
                continue;
            }
        };
        let Some(sequence) = columns.sequence else {
            job.records.push(record);
            continue;
        };
        match known.get(&row[sequence]) {
            None => {
                known.insert(row[sequence].clone(), job.records.len());
                job.records.push(record);
            }
            Some(&at) => {
                let first = &mut job.records[at];
                let line_of_first = first.place.line;
                if let Err(what) = append(first, record) {
                    let column = match what {
                        Differs::Target => columns.target[0],
                        Differs::Part => columns.part.unwrap_or(sequence),
                        Differs::Group => columns.group.unwrap_or(sequence),
                    };
                    let problem = format!(
                        "it is not what line {line_of_first} says of the same sequence, \"{}\"",
                        brief(&row[sequence])
                    );
                    job.faults.add(table.fault(line, column, &problem));
                }
            }
        }
    }
}

/// What a row says otherwise than the first of its sequence.
enum Differs {
    Target,
    Part,
    Group,
}

/// Adds the step of a later row to its sequence.
fn append(first: &mut Record, next: Record) -> Result<(), Differs> {
    if first.part != next.part {
        return Err(Differs::Part);
    }
    if first.group != next.group {
        return Err(Differs::Group);
    }
    match (&mut first.answer, next.answer) {
        (Answer::Tags(tags), Answer::Tags(more)) => tags.extend(more),
        (answer, other) if *answer == other => {}
        _ => return Err(Differs::Target),
    }
    match (&mut first.content, next.content) {
        (Content::Numbers { values, .. }, Content::Numbers { values: more, .. }) => {
            values.extend(more);
        }
        (Content::Words(words), Content::Words(more)) => words.extend(more),
        _ => {}
    }
    Ok(())
}

impl Columns {
    fn find(table: &Table, job: &Job) -> Result<Self, Vec<DataError>> {
        let named = &job.manifest.columns;
        let mut faults = Vec::new();
        let mut place = |name: &String| match table.column(name) {
            Ok(column) => column,
            Err(fault) => {
                faults.push(fault);
                0
            }
        };
        let inputs: Vec<_> = named.inputs.all().iter().map(&mut place).collect();
        let target: Vec<_> = named.target.all().iter().map(&mut place).collect();
        let text = named.text.as_ref().map(&mut place);
        let sequence = named.sequence.as_ref().map(&mut place);
        let part = named.part.as_ref().map(&mut place);
        let group = named.group.as_ref().map(&mut place);
        let mut wrong = |problem: &str| {
            let problem = format!("[columns] in {MANIFEST}: {problem}");
            faults.push(DataError::file(job.path, problem));
        };
        if inputs.is_empty() == text.is_none() {
            wrong("give either `inputs`, the columns of numbers, or `text`, a column of text");
        }
        match (job.asks, target.len()) {
            (_, 0) => wrong("`target` is missing; name the column that is to be predicted"),
            (Asks::Class | Asks::Tags, 2..) => {
                wrong("`target` names several columns; only a regression has several");
            }
            _ => {}
        }
        if job.asks == Asks::Tags && sequence.is_none() {
            wrong("`sequence` is missing; tagging asks at each step, so a row is a step");
        }
        if faults.is_empty() {
            return Ok(Self { inputs, text, target, sequence, part, group });
        }
        Err(faults)
    }

    /// What one row says.
    ///
    /// # Errors
    /// The column and what is wrong with it.
    fn record(&self, row: &[String], asks: Asks, place: Place) -> Result<Record, (usize, String)> {
        let value = |column: usize| {
            let read = number(&row[column]).map_err(|problem| (column, problem))?;
            Ok(read.unwrap_or(f32::NAN))
        };
        let content = match (self.text, self.sequence) {
            (Some(text), None) => Content::Text(row[text].clone()),
            (Some(text), Some(_)) if row[text].is_empty() => {
                return Err((text, "the word is missing".into()));
            }
            (Some(text), Some(_)) => Content::Words(vec![(row[text].clone(), true)]),
            (None, Some(_)) => Content::Numbers {
                values: self
                    .inputs
                    .iter()
                    .map(|&column| value(column))
                    .collect::<Result<_, _>>()?,
                channels: self.inputs.len(),
            },
            (None, None) => {
                let end = self.inputs.iter().rposition(|&column| !row[column].trim().is_empty());
                let steps = &self.inputs[..end.map_or(0, |end| end + 1)];
                let values = steps.iter().map(|&column| value(column)).collect::<Result<_, _>>()?;
                Content::Numbers { values, channels: 1 }
            }
        };
        let label = || {
            let column = self.target[0];
            let label = row[column].trim();
            if label.is_empty() { Err((column, "the label is missing".into())) } else { Ok(label) }
        };
        let answer = match asks {
            Asks::Tags => Answer::Tags(vec![label().ok().map(str::to_owned)]),
            Asks::Values => {
                let target = |&column: &usize| match number(&row[column]) {
                    Ok(Some(value)) => Ok(value),
                    Ok(None) => Err((column, "the value is missing".into())),
                    Err(problem) => Err((column, problem)),
                };
                Answer::Values(self.target.iter().map(target).collect::<Result<_, _>>()?)
            }
            Asks::Class => Answer::Class(label()?.to_owned()),
        };
        let part = |column: usize| PartName::of(&row[column]).map_err(|problem| (column, problem));
        let part = self.part.map(part).transpose()?;
        let group = self.group.map(|column| row[column].clone());
        Ok(Record { place, content, answer, part, group })
    }
}
