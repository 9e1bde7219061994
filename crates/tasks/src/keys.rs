//! Options that generated tasks share.

use schema::{Key, Kind, Literal};

/// The range of sizes of held-out parts.
const SIZE: Kind = Kind::Integer { min: 1, max: 100_000 };

/// The option `validation_size`.
pub(crate) const VALIDATION_SIZE: Key =
    Key::new("validation_size", SIZE, Literal::Integer(1000), "Validation sequences.");

/// The option `test_size`.
pub(crate) const TEST_SIZE: Key =
    Key::new("test_size", SIZE, Literal::Integer(1000), "Test sequences.");

/// The option `train_length` of tasks that are tested beyond it.
pub(crate) const TRAIN_LENGTH: Key = Key::new(
    "train_length",
    Kind::Integer { min: 8, max: 10_000 },
    Literal::Integer(40),
    "Longest training and validation sequence; each length up to it is equally likely.",
);

/// The option `test_length`.
pub(crate) const TEST_LENGTH: Key = Key::new(
    "test_length",
    Kind::Integer { min: 9, max: 100_000 },
    Literal::Integer(256),
    "Longest test sequence; test sequences are longer than any that was trained on.",
);

/// The option `points`.
pub(crate) const POINTS: Key = Key::new(
    "points",
    Kind::Integer { min: 0, max: 100 },
    Literal::Integer(6),
    "Lengths from train_length to test_length that have a part of their own, beside train_length \
     itself, for a score by length; 0 for none.",
);

/// The option `point_size`.
pub(crate) const POINT_SIZE: Key =
    Key::new("point_size", SIZE, Literal::Integer(200), "Sequences of each of these parts.");

/// The options of a task that is tested beyond the lengths that it is trained on.
pub(crate) const BEYOND: [Key; 6] =
    [TRAIN_LENGTH, TEST_LENGTH, POINTS, POINT_SIZE, VALIDATION_SIZE, TEST_SIZE];
