//! A sentence that the data may refute.

use serde::{Deserialize, Serialize};

/// A sentence that the data may refute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The sentence.
    pub text: String,
    /// Arm on the left of the comparison.
    pub left: String,
    /// What it is compared with.
    pub right: Against,
    /// What is claimed of left against right.
    pub expect: Expectation,
    /// Task labels it is about; all tasks when empty.
    #[serde(default)]
    pub tasks: Vec<String>,
    /// Name of the [`crate::Quantity`] that it is about; the task's primary metric when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Held-out parts on which the metric is read; the test part when absent.
    #[serde(rename = "part", default, skip_serializing_if = "Parts::is_empty")]
    pub parts: Parts,
    /// What the source reports, in its own numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Whether it was made, or changed, when the experiment had results already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub post_hoc: bool,
}

/// What a claim compares an arm with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Against {
    /// An arm, seed by seed.
    Arm(String),
    /// A number, the same for every seed.
    Number(f64),
}

impl Against {
    /// The arm, if it is one.
    pub fn arm(&self) -> Option<&str> {
        match self {
            Self::Arm(name) => Some(name),
            Self::Number(_) => None,
        }
    }

    /// Whether it is this number.
    pub fn is(&self, number: f64) -> bool {
        *self == Self::Number(number)
    }
}

/// Names of held-out parts. One of them is written as a text, several as a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parts {
    /// One part.
    One(String),
    /// Any number of them.
    Many(Vec<String>),
}

impl Default for Parts {
    fn default() -> Self {
        Self::Many(Vec::new())
    }
}

impl Parts {
    /// Those of these names.
    pub fn of(mut names: Vec<String>) -> Self {
        match names.len() {
            1 => Self::One(names.remove(0)),
            _ => Self::Many(names),
        }
    }

    /// Their names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.names().is_empty()
    }
}

/// What a claim says of left against right, in the metric's own units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Expectation {
    /// Left is greater than right, by more than the margin.
    Greater {
        /// Smallest difference that counts.
        margin: f64,
    },
    /// Left is less than right, by more than the margin.
    Less {
        /// Smallest difference that counts.
        margin: f64,
    },
    /// Left and right differ by less than the margin.
    Equivalent {
        /// Largest difference that counts as none.
        margin: f64,
    },
}

impl Claim {
    /// Whether it is about the task of this label.
    pub fn is_on(&self, task: &str) -> bool {
        self.tasks.is_empty() || self.tasks.iter().any(|it| it == task)
    }

    /// Whether the arm of this name is one side of it, on the task of this label.
    pub fn is_about(&self, arm: &str, task: &str) -> bool {
        self.is_on(task) && (self.left == arm || self.right.arm() == Some(arm))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_arm_or_a_number_one_part_or_several_are_read_back_as_they_were() {
        let mut written = json!({
            "text": "It learns", "left": "gru", "right": "lstm",
            "expect": { "less": { "margin": 0.5 } }, "tasks": []
        });
        let read = |value: &serde_json::Value| -> Claim {
            let claim: Claim = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(&claim).unwrap(), *value);
            claim
        };
        let claim = read(&written);
        assert_eq!((claim.right.arm(), claim.parts.names().len()), (Some("lstm"), 0));
        assert!(claim.is_about("gru", "any") && claim.is_about("lstm", "any"));
        written["right"] = json!(0.25);
        written["part"] = json!("length_64");
        written["tasks"] = json!(["parity"]);
        let claim = read(&written);
        assert_eq!((claim.right.arm(), claim.parts.names()), (None, &["length_64".to_owned()][..]));
        assert!(claim.is_about("gru", "parity") && !claim.is_about("gru", "adding"));
        written["part"] = json!(["length_64", "length_128"]);
        assert_eq!(read(&written).parts.names().len(), 2);
    }
}
