//! Spoken digits: which digit was said, from cepstral coefficients?
//!
//! The Free Spoken Digit Dataset (Jackson et al. 2018, doi:10.5281/zenodo.1342401): 3,000
//! recordings, each 13 mel-frequency cepstral coefficients over 6 to 92 frames. The copy here
//! is shuffled and does not tell the speaker, so test and validation are a share of each digit.

use schema::{Key, Kind, Literal, Options};
use serde::Deserialize;

use crate::entry::read_options;
use crate::metric::{Setting, accuracy, cross_entropy};
use crate::series::{SPLIT_SEED, STANDARDIZE, VALIDATION, standardize};
use crate::{
    About, Answers, Context, Example, Finite, Input, Names, Target, Targets, Task, TaskEntry,
    TaskError, TaskShape, divided,
};

/// The task's line in the registry.
pub const ENTRY: TaskEntry = TaskEntry {
    name: "spoken_digits",
    summary: "which of 10 digits was said, from 13 cepstral coefficients over 6 to 92 steps",
    about: include_str!("spoken_digits.rs"),
    keys: &[
        Key::new(
            "test",
            Kind::Number { min: 0.05, max: 0.9 },
            Literal::Number(0.2),
            "Share of each digit that is the test part; which recordings is fixed.",
        ),
        VALIDATION,
        SPLIT_SEED,
        STANDARDIZE,
    ],
    build,
};

const LIMITS: &str = "A support vector machine on order-blind statistics reaches an accuracy of \
     0.992, so the task tests how ragged sequences are handled, not whether recurrence is needed. \
     Speakers of the test part are in training as well.";

/// Coefficients of a frame.
const CHANNELS: usize = 13;
/// Digits.
const CLASSES: usize = 10;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    test: f64,
    validation: f64,
    split_seed: u64,
    standardize: bool,
}

fn build(options: &Options, context: &Context) -> Result<Box<dyn Task>, TaskError> {
    let config: Config = read_options(ENTRY.name, options)?;
    let path = context.datasets.join(ENTRY.name).join("digits.npz");
    let advised = |error| {
        TaskError::of_data(error, "the data come with this project, in datasets/spoken_digits")
    };
    let bytes = data::read_file(&path).map_err(advised)?;
    let checksum = blake3::hash(&bytes).to_hex().to_string();
    let arrays = data::npy::parse_npz(&path, &bytes).map_err(advised)?;
    let unfit = |reason: &str| TaskError::Unfit { path: path.clone(), reason: reason.into() };
    let array =
        |name: &str| arrays.get(name).ok_or_else(|| unfit(&format!("it has no array {name}")));
    let (frames, digits, lengths) = (array("X")?, array("y")?, array("lengths")?);
    if frames.shape.get(1) != Some(&CHANNELS) || digits.values.len() != lengths.values.len() {
        return Err(unfit("its arrays X, y and lengths do not fit together"));
    }
    let mut values = frames.values.iter().map(|&value| value as f32);
    let mut examples = Vec::new();
    for (&digit, &length) in digits.values.iter().zip(&lengths.values) {
        let own: Vec<f32> = values.by_ref().take(length as usize * CHANNELS).collect();
        if own.len() != length as usize * CHANNELS || length < 1.0 || digit >= CLASSES as f64 {
            return Err(unfit("its arrays X, y and lengths do not fit together"));
        }
        examples.push(Example::of_values(own, Targets::Classes(vec![digit as u32])));
    }
    let (rest, mut test) = divided(examples, CLASSES, config.test, 0, "spoken_digits test");
    let (mut training, mut validation) =
        divided(rest, CLASSES, config.validation, config.split_seed, "validation");
    if config.standardize {
        standardize([&mut training, &mut validation, &mut test], CHANNELS);
    }
    let target = Target::Class { classes: CLASSES };
    let shape = TaskShape::new(Input::Vectors { channels: CHANNELS }, 0, target, Answers::Sequence);
    let about = About {
        summary: ENTRY.summary.into(),
        limits: LIMITS.into(),
        metrics: vec![&cross_entropy::METRIC, &accuracy::METRIC],
        metric: "accuracy",
        setting: Setting::of(target),
        names: Names {
            classes: (0..CLASSES).map(|digit| digit.to_string()).collect(),
            ..Names::default()
        },
        checksum,
    };
    Ok(Box::new(Finite::new(shape, about, training, validation, test)?))
}
