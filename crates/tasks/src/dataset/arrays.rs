//! Arrays of NumPy: an `.npz` archive whose arrays the manifest names, or `.npy` files.
//!
//! Inputs are `[sequences, steps]` or `[sequences, steps, channels]`; the target is `[sequences]`, of
//! a regression also `[sequences, values]`, of tagging `[sequences, steps]` with negative numbers
//! where nothing is asked. `lengths`, `[sequences]`, says how many steps of each are its own.

use std::collections::BTreeMap;

use data::DataError;
use data::npy::{Array, parse_npz, read_npy};

use crate::dataset::job::Job;
use crate::dataset::manifest::{Asks, MANIFEST};
use crate::dataset::record::{Answer, Content, Place, Record};

/// The arrays of a file by their role.
struct Arrays {
    inputs: Array,
    target: Array,
    lengths: Option<Array>,
}

pub(super) fn read(job: &mut Job) {
    let arrays = match found(job) {
        Ok(arrays) => arrays,
        Err(fault) => return job.faults.add(fault),
    };
    let shape = match sizes(&arrays, job.asks) {
        Ok(shape) => shape,
        Err(problem) => return job.faults.add(DataError::file(job.path, problem)),
    };
    for row in 0..shape[0] {
        let place = Place { file: job.file, line: row + 1 };
        match record(&arrays, shape, row, job.asks) {
            Ok((content, answer)) => {
                job.records.push(Record { place, content, answer, part: job.part, group: None });
            }
            Err(problem) => {
                let problem = format!("row {} (the first is 1): {problem}", row + 1);
                job.faults.add(DataError::file(job.path, problem));
            }
        }
    }
}

fn found(job: &Job) -> Result<Arrays, DataError> {
    let columns = &job.manifest.columns;
    let wrong = |problem: &str| DataError::file(job.path, format!("{MANIFEST}: {problem}"));
    if columns.part.is_some() || columns.group.is_some() {
        let problem = "arrays know no `part` and no `group`; give each part a file of its own";
        return Err(wrong(problem));
    }
    let whole = job.path.extension().is_some_and(|end| end.eq_ignore_ascii_case("npy"));
    if whole {
        let beside = |role: &str| job.beside.iter().find(|(own, _)| *own == role);
        let target = beside("target").ok_or_else(|| {
            wrong("an .npy file holds one array; write { inputs = \"x.npy\", target = \"y.npy\" }")
        })?;
        let lengths = beside("lengths").map(|(_, path)| read_npy(path)).transpose()?;
        return Ok(Arrays { inputs: read_npy(job.path)?, target: read_npy(&target.1)?, lengths });
    }
    let ([inputs], [target]) = (columns.inputs.all(), columns.target.all()) else {
        return Err(wrong("[columns] must name one array as `inputs` and one as `target`"));
    };
    let mut arrays: BTreeMap<String, Array> = parse_npz(job.path, &data::read_file(job.path)?)?;
    let known = arrays.keys().cloned().collect::<Vec<_>>().join(", ");
    let mut take = |name: &String| {
        let problem = format!("there is no array \"{name}\"; there are {known}");
        arrays.remove(name).ok_or_else(|| DataError::file(job.path, problem))
    };
    let lengths = columns.lengths.as_ref().map(&mut take).transpose()?;
    Ok(Arrays { inputs: take(inputs)?, target: take(target)?, lengths })
}

/// Sequences, steps and channels.
fn sizes(arrays: &Arrays, asks: Asks) -> Result<[usize; 3], String> {
    let shape = &arrays.inputs.shape;
    let [sequences, steps, channels] = match **shape {
        [sequences, steps] => [sequences, steps, 1],
        [sequences, steps, channels] if channels > 0 => [sequences, steps, channels],
        _ => {
            return Err(format!(
                "the inputs have the shape {shape:?}; they must be [sequences, steps] or [sequences, \
                 steps, channels]"
            ));
        }
    };
    let own = &arrays.target.shape;
    let fits = match (asks, own.as_slice()) {
        (Asks::Tags, &[rows, width]) => rows == sequences && width == steps,
        (Asks::Values, &[rows, width]) => rows == sequences && width > 0,
        (Asks::Tags, _) => false,
        (_, &[rows]) => rows == sequences,
        _ => false,
    };
    if !fits {
        return Err(format!("the target has the shape {own:?}, the inputs have {shape:?}"));
    }
    match &arrays.lengths {
        Some(lengths) if lengths.shape != [sequences] => {
            Err(format!("the lengths have the shape {:?}, not [{sequences}]", lengths.shape))
        }
        _ => Ok([sequences, steps, channels]),
    }
}

fn record(
    arrays: &Arrays,
    [_, steps, channels]: [usize; 3],
    row: usize,
    asks: Asks,
) -> Result<(Content, Answer), String> {
    let length = match arrays.lengths.as_ref().map(|lengths| lengths.values[row]) {
        None => steps,
        Some(length) if length >= 1.0 && length <= steps as f64 && length.fract() == 0.0 => {
            length as usize
        }
        Some(length) => return Err(format!("its length {length} is not from 1 to {steps}")),
    };
    let own = &arrays.inputs.values[row * steps * channels..][..length * channels];
    // NaN is a missing value; infinity is none.
    let too_large = |value: &f64| !value.is_nan() && !(*value as f32).is_finite();
    if let Some(at) = own.iter().position(too_large) {
        let (step, channel) = (at / channels + 1, at % channels + 1);
        return Err(format!(
            "step {step}, channel {channel}: {} is not a finite 32-bit number",
            own[at]
        ));
    }
    let values = own.iter().map(|&value| value as f32).collect();
    let width = arrays.target.values.len() / arrays.target.shape[0];
    let target = &arrays.target.values[row * width..][..width];
    let label = |value: f64| {
        let problem = "the label is no whole number; labels of classes are 0, 1 and so on";
        if value.fract() == 0.0 { Ok(value.to_string()) } else { Err(problem.to_owned()) }
    };
    let answer = match asks {
        Asks::Tags => {
            let tag = |&value: &f64| if value < 0.0 { Ok(None) } else { label(value).map(Some) };
            Answer::Tags(target[..length].iter().map(tag).collect::<Result<_, _>>()?)
        }
        Asks::Values => {
            let values: Vec<f32> = target.iter().map(|&value| value as f32).collect();
            if values.iter().any(|value| !value.is_finite()) {
                return Err("its target is not a finite 32-bit number".into());
            }
            Answer::Values(values)
        }
        Asks::Class => Answer::Class(label(target[0])?),
    };
    Ok((Content::Numbers { values, channels }, answer))
}
