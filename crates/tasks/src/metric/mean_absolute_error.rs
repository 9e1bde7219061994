//! Mean absolute error: the mean over rows and values of |output − value|, in the data's own
//! units.

use super::measure::{Counter, Mean, Measure, Metric, Scored, Setting, numbers};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "mean_absolute_error",
    doc: "Mean absolute error, in the data's own units.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        Box::new(MeanAbsoluteError { setting: setting.clone(), mean: Mean::default() })
    }),
};

struct MeanAbsoluteError {
    setting: Setting,
    mean: Mean,
}

impl Counter for MeanAbsoluteError {
    fn add(&mut self, scored: &Scored) {
        let width = self.setting.target.outputs();
        for (at, (&output, &value)) in scored.outputs.iter().zip(numbers(scored)).enumerate() {
            let error = (f64::from(output) - f64::from(value)).abs();
            self.mean.add(error * self.setting.unit(at % width));
        }
    }

    fn value(&self) -> f64 {
        self.mean.value()
    }
}
