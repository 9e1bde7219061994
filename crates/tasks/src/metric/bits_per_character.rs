//! Bits per character: the cross-entropy of the next character in bits, nats / ln 2.

use super::measure::{Measure, Metric};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "bits_per_character",
    doc: "Cross-entropy of the next character.",
    unit: "bits",
    over: "characters",
    higher_is_better: false,
    measure: Measure::OfLoss(|nats| nats / std::f64::consts::LN_2),
};
