//! The list of metrics.

use super::measure::Metric;
use super::{
    accuracy, balanced_accuracy, binary_cross_entropy, bits_per_character, cross_entropy,
    exact_match, frame_accuracy, macro_f1, mase, mean_absolute_error, perplexity,
    root_mean_squared_error, squared_error,
};

/// All metrics.
pub const METRICS: &[&Metric] = &[
    &cross_entropy::METRIC,
    &squared_error::METRIC,
    &binary_cross_entropy::METRIC,
    &accuracy::METRIC,
    &balanced_accuracy::METRIC,
    &macro_f1::METRIC,
    &exact_match::METRIC,
    &perplexity::METRIC,
    &bits_per_character::METRIC,
    &mean_absolute_error::METRIC,
    &root_mean_squared_error::METRIC,
    &mase::METRIC,
    &frame_accuracy::METRIC,
];
