//! The digits of 8 by 8 pixels that come with this project.

use std::path::Path;

use data::DataError;

use crate::{Context, TaskError};

/// Pixels on a side.
pub(super) const SIDE: usize = 8;
/// Digits.
pub(super) const CLASSES: usize = 10;
/// How many of the pictures are given for training; the rest is for testing.
pub(super) const TRAINING: usize = 898;
/// The brightest pixel.
const BRIGHTEST: f32 = 16.0;

/// The pictures in their order, pixels in [0, 1], row by row, each with its digit.
pub(super) struct ShippedDigits {
    pub pictures: Vec<Vec<f32>>,
    pub digits: Vec<u32>,
    /// BLAKE3 of the file.
    pub checksum: String,
}

/// Reads them.
pub(super) fn read(context: &Context) -> Result<ShippedDigits, TaskError> {
    let path = context.datasets.join("digits").join("digits.csv.gz");
    let advised =
        |error| TaskError::of_data(error, "the data come with this project, in datasets/digits");
    let bytes = data::gzip::read_maybe_packed(&path, 16 << 20).map_err(advised)?;
    let checksum = blake3::hash(&bytes).to_hex().to_string();
    let mut read = ShippedDigits { pictures: Vec::new(), digits: Vec::new(), checksum };
    for (line, text) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
        let (picture, digit) = row(text).ok_or_else(|| broken(&path, line))?;
        read.pictures.push(picture);
        read.digits.push(digit);
    }
    if read.digits.len() <= TRAINING {
        let reason = format!("it holds {} pictures and must hold more", read.digits.len());
        return Err(TaskError::Unfit { path, reason });
    }
    Ok(read)
}

fn row(text: &str) -> Option<(Vec<f32>, u32)> {
    let mut numbers: Vec<f32> =
        text.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let digit = numbers.pop().filter(|digit| (0.0..CLASSES as f32).contains(digit))?;
    let inside = |pixel: &f32| (0.0..=BRIGHTEST).contains(pixel);
    let whole = numbers.len() == SIDE * SIDE && numbers.iter().all(inside);
    whole.then(|| (numbers.into_iter().map(|pixel| pixel / BRIGHTEST).collect(), digit as u32))
}

fn broken(path: &Path, line: usize) -> TaskError {
    let problem = "the line is not 64 pixels from 0 to 16 and a digit";
    TaskError::Data(DataError::line(path, line, problem))
}
