//! What a key is given, and what it comes to.

use serde_json::Value;

use crate::text::origin::Origin;
use crate::text::place::Place;

/// A key that the file or the command line gives.
#[derive(Debug, Clone)]
pub(crate) struct Setting {
    /// Dotted, as in the file: `model.lstm.forget_bias`.
    pub key: String,
    /// `None` if it is wrong, which is a problem already.
    pub value: Option<Value>,
    pub place: Place,
    pub origin: Origin,
}

/// A text and where it is written.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub text: String,
    pub place: Place,
}

/// A value of a resolved configuration and where it came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// Dotted key, as in the file: `train.steps`.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}
