//! Root mean squared error: √ of the mean over rows and values of (output − value)², in the
//! data's own units.

use super::measure::{Counter, Mean, Measure, Metric, Scored, Setting, numbers};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "root_mean_squared_error",
    doc: "Root of the mean squared error, in the data's own units.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        Box::new(RootMeanSquaredError { setting: setting.clone(), mean: Mean::default() })
    }),
};

struct RootMeanSquaredError {
    setting: Setting,
    mean: Mean,
}

impl Counter for RootMeanSquaredError {
    fn add(&mut self, scored: &Scored) {
        let width = self.setting.target.outputs();
        for (at, (&output, &value)) in scored.outputs.iter().zip(numbers(scored)).enumerate() {
            let error = f64::from(output) - f64::from(value);
            self.mean.add((error * self.setting.unit(at % width)).powi(2));
        }
    }

    fn value(&self) -> f64 {
        self.mean.value().sqrt()
    }
}
