//! Options that the tasks on two given files share.

use schema::{Key, Kind, Literal};

/// The option `validation`.
pub(crate) const VALIDATION: Key = Key::new(
    "validation",
    Kind::Number { min: 0.05, max: 0.9 },
    Literal::Number(0.2),
    "Share of each class of the given training data that is set apart for validation.",
);

/// The option `split_seed`.
pub(crate) const SPLIT_SEED: Key = Key::new(
    "split_seed",
    Kind::Integer { min: 0, max: i64::MAX },
    Literal::Integer(0),
    "Decides which sequences are set apart; the same for all arms and seeds.",
);

/// The option `standardize`.
pub(crate) const STANDARDIZE: Key = Key::new(
    "standardize",
    Kind::Boolean,
    Literal::Boolean(true),
    "Subtract each channel's mean and divide by its standard deviation, both of the training part \
     alone.",
);
