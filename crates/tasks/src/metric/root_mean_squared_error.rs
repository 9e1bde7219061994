//! Root mean squared error: √ of the mean over rows and values of (output − value)², in the
//! data's own units.

use super::measure::{ErrorMean, Measure, Metric};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "root_mean_squared_error",
    doc: "Root of the mean squared error, in the data's own units.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        ErrorMean::counter(setting, |error, at, it| (error * it.unit(at)).powi(2), f64::sqrt)
    }),
};
