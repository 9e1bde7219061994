//! Perplexity: exp of the cross-entropy in nats.

use super::measure::{Measure, Metric};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "perplexity",
    doc: "exp of the cross-entropy: how many equally likely classes would be as hard to guess.",
    unit: "",
    over: "predictions",
    higher_is_better: false,
    measure: Measure::OfLoss(f64::exp),
};
