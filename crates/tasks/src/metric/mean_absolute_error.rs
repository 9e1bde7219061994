//! Mean absolute error: the mean over rows and values of |output − value|, in the data's own
//! units.

use super::measure::{ErrorMean, Measure, Metric};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "mean_absolute_error",
    doc: "Mean absolute error, in the data's own units.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        ErrorMean::counter(setting, |error, at, it| error.abs() * it.unit(at), |mean| mean)
    }),
};
