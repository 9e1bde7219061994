//! Mean absolute scaled error (Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001):
//! the absolute error of each value divided by the mean absolute error that a naive forecast
//! makes on the training part, averaged over rows and values. Below 1 is better than naive.

use super::measure::{ErrorMean, Measure, Metric};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "mase",
    doc: "Mean absolute error in units of the error that the naive forecast makes on the training \
          part.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        ErrorMean::counter(
            setting,
            |error, at, it| {
                error.abs() * it.unit(at) / it.naive_errors.get(at).copied().unwrap_or(1.0)
            },
            |mean| mean,
        )
    }),
};
