//! Mean squared error: the mean over rows and values of (output − value)².

use super::measure::{ErrorMean, Measure, Metric};

/// The metric, which a task of values is trained on.
pub const METRIC: Metric = Metric {
    name: "loss",
    doc: "Mean squared error of what the network gives, in the units that it is trained in.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        ErrorMean::counter(setting, |error, _, _| error.powi(2), |mean| mean)
    }),
};
