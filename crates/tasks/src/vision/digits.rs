//! Digits: which digit is it, read row by row or pixel by pixel?
//!
//! 1,797 pictures of 8 by 8 pixels, the first 898 given for training, the other 899 for
//! testing, which are by other writers. Pixels are scaled to [0, 1].
//!
//! Alpaydin and Kaynak 1998 (doi:10.24432/C50P49), as scikit-learn ships the test part of it.
//! Reading pixels in one random order is that of Le, Jaitly and Hinton 2015 (arXiv:1504.00941) on
//! MNIST: it takes neighbours far apart.

use schema::{Key, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::series::{SPLIT_SEED, VALIDATION};
use crate::vision::shipped_digits::{self, CLASSES, SIDE, TRAINING};
use crate::vision::{ORDER, Order};
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape, divided,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "digits",
    summary: "which of 10 digits a picture of 8 by 8 pixels shows, read as a sequence",
    about: include_str!("digits.rs"),
    keys: KEYS,
    build,
};

const KEYS: &[Key] = &[ORDER, VALIDATION, SPLIT_SEED];

const LIMITS: &str = "By rows there are 8 steps, by pixels 64: short lags. A support vector machine \
     on the pixels reaches an accuracy of 0.969, so the question is not whether the digits can be \
     told but what is lost by reading them one after another.";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    order: Order,
    validation: f64,
    split_seed: u64,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let mut shipped = shipped_digits::read(context)?;
    config.order.apply(&mut shipped.pictures);
    let example = |(picture, digit)| Example::of_values(picture, Targets::Classes(vec![digit]));
    let mut given: Vec<_> = shipped.pictures.into_iter().zip(shipped.digits).map(example).collect();
    let test = given.split_off(TRAINING);
    let (training, validation) =
        divided(given, CLASSES, config.validation, config.split_seed, "validation");
    let target = Target::Class { classes: CLASSES };
    let shape = TaskShape::new(
        Input::Vectors { channels: config.order.channels(SIDE) },
        0,
        target,
        Answers::Sequence,
    );
    let names = Names {
        classes: (0..CLASSES).map(|digit| digit.to_string()).collect(),
        ..Names::default()
    };
    let about = About::of_classes(target, ENTRY.summary, LIMITS, names, shipped.checksum);
    Ok(Box::new(Finite::new(shape, about, training, validation, test)?))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::{Inputs, TEST, build};

    /// The first test pictures in an order.
    fn pictures(order: &str) -> (usize, Vec<f32>) {
        let datasets = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
        let options = [("order".to_owned(), order.into())].into_iter().collect();
        let task = build("digits", &options, &Context { datasets: &datasets }).unwrap();
        assert_eq!(task.parts()[TEST].sequences, 899);
        let batch = task.evaluation_batch(TEST, 0, 3);
        let Inputs::Values(values) = batch.inputs else { panic!("numbers") };
        (batch.steps, values)
    }

    #[test]
    fn orders_hold_the_same_pixels() {
        let (rows, by_row) = pictures("rows");
        let (pixels, by_pixel) = pictures("pixels");
        let (permuted, in_disorder) = pictures("permuted");
        assert_eq!([rows, pixels, permuted], [8, 64, 64]);
        assert_eq!(by_row, by_pixel);
        assert_ne!(by_pixel, in_disorder);
        // Every picture is permuted alike: where a value went tells where it came from.
        let sorted = |values: &[f32]| {
            let mut values = values.to_vec();
            values.sort_by(f32::total_cmp);
            values
        };
        for (plain, other) in by_pixel.chunks(64).zip(in_disorder.chunks(64)) {
            assert_eq!(sorted(plain), sorted(other));
        }
        assert!(by_row.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
    }
}
