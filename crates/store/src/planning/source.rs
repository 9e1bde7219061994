//! What an experiment repeats or puts to the test.

use serde::{Deserialize, Serialize};

/// `[source]` of an experiment: a statement, a publication, and how the experiment differs from it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Source {
    /// The sentence that is put to the test, as people say it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// Authors, year and address of the publication.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub paper: String,
    /// Its table, figure or section.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// What is the same here.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub same: String,
    /// What differs here, and why.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub differs: String,
}
