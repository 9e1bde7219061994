//! A table of numbers over time.

use std::ops::Range;
use std::path::Path;

use data::DataError;
use data::csv::{Table, number};
use data::long_sequence::LongSequence;
use data::time::Time;
use serde::Deserialize;

use crate::series::Scale;

/// What stands for a missing value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Fill {
    /// Nothing: it is an error.
    Refuse,
    /// The value before it.
    Last,
    /// On the line from the value before to the one after.
    Linear,
}

/// What is to be read of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub time: Option<&'a str>,
    pub columns: Option<&'a str>,
    pub targets: Option<&'a str>,
    pub fill: Fill,
}

/// A table of numbers over time.
pub(super) struct Series {
    names: Vec<String>,
    /// Which columns are forecast.
    targets: Vec<usize>,
    /// `[rows, channels]`, as they were read.
    numbers: LongSequence<f32>,
    scales: Vec<Scale>,
    checksum: String,
}

impl Series {
    /// Reads a table.
    ///
    /// # Errors
    /// [`DataError`] for the first row that cannot be read: a number that is none, a missing value
    /// where these are refused, a time that does not come after the one before.
    pub fn read(path: &Path, wanted: &Wanted, in_memory: usize) -> Result<Self, DataError> {
        let mut table = Table::open(path)?;
        let time = wanted.time.map_or(Ok(0), |name| table.column(name))?;
        let mut columns = listed(&table, wanted.columns)?;
        let mut numbers = LongSequence::new(in_memory);
        let mut hasher = blake3::Hasher::new();
        let mut gaps: Option<Gaps> = None;
        let mut before: Option<Time> = None;
        let mut row = Vec::new();
        while let Some((line, record)) = table.next_row()? {
            let record: Vec<String> = record.iter().map(str::to_owned).collect();
            for field in &record {
                hasher.update(&(field.len() as u64).to_le_bytes());
                hasher.update(field.as_bytes());
            }
            let columns = columns.get_or_insert_with(|| {
                let is_number = |at: &usize| *at != time && number(&record[*at]).is_ok();
                (0..record.len()).filter(is_number).collect()
            });
            if columns.is_empty() {
                let problem = "no column but the time holds numbers";
                return Err(DataError::line(path, line, problem));
            }
            let now = Time::of(&record[time]);
            if before.as_ref().is_some_and(|before| !before.is_before(&now)) {
                let problem =
                    format!("the time {} does not come after the row before", shown(&now));
                return Err(table.fault(line, time, &problem));
            }
            before = Some(now);
            row.clear();
            for &column in columns.iter() {
                let value = number(&record[column])
                    .map_err(|problem| table.fault(line, column, &problem))?;
                if value.is_none() && wanted.fill == Fill::Refuse {
                    let problem =
                        "a value is missing; say with the option `missing` what stands for it";
                    return Err(table.fault(line, column, problem));
                }
                row.push(value);
            }
            let gaps = gaps.get_or_insert_with(|| Gaps::new(columns.len(), wanted.fill));
            let whole = gaps.add(&row);
            let written = numbers.extend(&whole);
            written.map_err(|source| DataError::Read { path: path.into(), source })?;
        }
        let columns = columns.filter(|columns| !columns.is_empty());
        let (Some(columns), Some(gaps)) = (columns, gaps) else {
            return Err(DataError::file(path, "no row follows the header"));
        };
        let rest = gaps.end();
        let written = numbers.extend(&rest);
        written.map_err(|source| DataError::Read { path: path.into(), source })?;
        let targets = match listed(&table, wanted.targets)? {
            None => (0..columns.len()).collect(),
            Some(listed) => listed
                .into_iter()
                .map(|target| {
                    columns.iter().position(|column| *column == target).ok_or_else(|| {
                        table.fault(
                            1,
                            target,
                            "it is to be forecast, but it is not among the \
                                                columns of numbers that are read",
                        )
                    })
                })
                .collect::<Result<_, _>>()?,
        };
        let names = columns.iter().map(|&column| table.headers()[column].clone()).collect();
        let checksum = hasher.finalize().to_hex().to_string();
        Ok(Self { names, targets, numbers, scales: Vec::new(), checksum })
    }

    /// Numbers in each row.
    pub fn channels(&self) -> usize {
        self.names.len()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.numbers.len() / self.channels()
    }

    /// Columns that are forecast.
    pub fn targets(&self) -> usize {
        self.targets.len()
    }

    /// Names of the columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names of the columns that are forecast.
    pub fn names_of_targets(&self) -> Vec<String> {
        self.targets.iter().map(|&target| self.names[target].clone()).collect()
    }

    /// BLAKE3 of the table's fields.
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// Calls `take` with every row of a range.
    fn each(&self, rows: Range<usize>, mut take: impl FnMut(&[f32])) {
        const AT_ONCE: usize = 1 << 16;
        let channels = self.channels();
        for start in rows.clone().step_by(AT_ONCE) {
            let end = rows.end.min(start + AT_ONCE);
            self.numbers
                .read(start * channels..end * channels)
                .chunks(channels)
                .for_each(&mut take);
        }
    }

    /// Scales every column by its mean and standard deviation over some rows.
    pub fn scale_by(&mut self, rows: Range<usize>) {
        let channels = self.channels();
        let count = rows.len() as f64;
        let mut means = vec![0.0; channels];
        self.each(rows.clone(), |row| {
            means.iter_mut().zip(row).for_each(|(mean, &value)| *mean += f64::from(value) / count);
        });
        let mut squares = vec![0.0; channels];
        let mut ends = vec![(f32::INFINITY, f32::NEG_INFINITY); channels];
        self.each(rows, |row| {
            for (column, &value) in row.iter().enumerate() {
                squares[column] += (f64::from(value) - means[column]).powi(2) / count;
                ends[column] = (ends[column].0.min(value), ends[column].1.max(value));
            }
        });
        let scale = |column: usize| {
            // Told from the values: a variance may round to just above 0.
            let is_constant = ends[column].0 >= ends[column].1;
            let deviation = if is_constant { 1.0 } else { squares[column].sqrt() };
            Scale { mean: means[column], deviation }
        };
        self.scales = (0..channels).map(scale).collect();
    }

    /// Rows in units of the deviations, `[rows, channels]`.
    pub fn scaled(&self, rows: Range<usize>) -> Vec<f32> {
        let channels = self.channels();
        let mut values = self.numbers.read(rows.start * channels..rows.end * channels);
        for row in values.chunks_mut(channels) {
            row.iter_mut()
                .zip(&self.scales)
                .for_each(|(value, scale)| *value = scale.apply(*value));
        }
        values
    }

    /// The columns of a row that are forecast.
    pub fn of_targets(&self, row: &[f32]) -> impl Iterator<Item = f32> {
        let row = row.to_vec();
        self.targets.iter().map(move |&target| row[target])
    }

    /// How each column that is forecast is scaled.
    pub fn scales(&self) -> impl Iterator<Item = Scale> {
        self.targets.iter().map(|&target| self.scales[target])
    }

    /// Of each column that is forecast, the mean absolute difference of a value from that of a
    /// season before, in the table's units; 1 where there is none, so that nothing is divided by 0.
    pub fn naive_errors(&self, rows: Range<usize>, season: usize) -> Vec<f64> {
        let mut sums = vec![0.0; self.targets.len()];
        let mut past: std::collections::VecDeque<Vec<f32>> = std::collections::VecDeque::new();
        let mut count = 0.0;
        self.each(rows, |row| {
            let row: Vec<f32> = self.targets.iter().map(|&target| row[target]).collect();
            if past.len() == season {
                let before = past.pop_front().unwrap_or_default();
                for (sum, (now, before)) in sums.iter_mut().zip(row.iter().zip(before)) {
                    *sum += (f64::from(*now) - f64::from(before)).abs();
                }
                count += 1.0;
            }
            past.push_back(row);
        });
        sums.into_iter().map(|sum| if sum > 0.0 { sum / count } else { 1.0 }).collect()
    }
}

/// Places of the columns in a list of names between commas.
fn listed(table: &Table, names: Option<&str>) -> Result<Option<Vec<usize>>, DataError> {
    let places = |names: &str| {
        names.split(',').map(|name| table.column(name.trim())).collect::<Result<Vec<_>, _>>()
    };
    names.map(places).transpose()
}

/// A time as messages say it.
fn shown(time: &Time) -> String {
    match time {
        Time::Number(number) => number.to_string(),
        Time::Text(text) => format!("\"{}\"", text.chars().take(40).collect::<String>()),
    }
}

/// Rows that wait for what stands for their missing values.
struct Gaps {
    fill: Fill,
    /// The last value of each column, once there is one.
    last: Vec<Option<f32>>,
    waiting: Vec<Vec<Option<f32>>>,
}

impl Gaps {
    fn new(columns: usize, fill: Fill) -> Self {
        Self { fill, last: vec![None; columns], waiting: Vec::new() }
    }

    /// Takes a row, and gives all rows that are whole now.
    fn add(&mut self, row: &[Option<f32>]) -> Vec<f32> {
        self.waiting.push(row.to_vec());
        for (column, value) in row.iter().enumerate() {
            let Some(value) = *value else { continue };
            let open: Vec<usize> =
                (0..self.waiting.len()).filter(|&at| self.waiting[at][column].is_none()).collect();
            let steps = open.len() as f32 + 1.0;
            for (step, at) in (1..).zip(open) {
                let from = self.last[column].unwrap_or(value);
                let share = if self.fill == Fill::Linear { step as f32 / steps } else { 0.0 };
                self.waiting[at][column] = Some(from + (value - from) * share);
            }
            self.last[column] = Some(value);
        }
        if self.fill == Fill::Last {
            self.take_last();
        }
        let whole = self.waiting.iter().take_while(|row| row.iter().all(Option::is_some)).count();
        self.waiting.drain(..whole).flatten().flatten().collect()
    }

    /// Puts the last value of each column where one is missing.
    fn take_last(&mut self) {
        for row in &mut self.waiting {
            for (value, last) in row.iter_mut().zip(&self.last) {
                *value = value.or(*last);
            }
        }
    }

    /// The rows that are left, whose gaps nothing closes: the last value of each column, or 0 in a
    /// column without any.
    fn end(mut self) -> Vec<f32> {
        self.take_last();
        self.waiting.into_iter().flatten().map(|value| value.unwrap_or(0.0)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(fill: Fill) -> Vec<f32> {
        let rows = [
            [None, Some(1.0)],
            [Some(4.0), None],
            [None, None],
            [None, Some(7.0)],
            [Some(10.0), None],
        ];
        let mut gaps = Gaps::new(2, fill);
        let mut all: Vec<f32> = rows.iter().flat_map(|row| gaps.add(row)).collect();
        all.extend(gaps.end());
        all
    }

    #[test]
    fn gaps_are_closed_by_column() {
        assert_eq!(filled(Fill::Linear), [4., 1., 4., 3., 6., 5., 8., 7., 10., 7.]);
        assert_eq!(filled(Fill::Last), [4., 1., 4., 1., 4., 1., 4., 7., 10., 7.]);
    }
}
