//! Mean absolute scaled error (Hyndman and Koehler 2006, doi:10.1016/j.ijforecast.2006.03.001):
//! the absolute error of each value divided by the mean absolute error that a naive forecast
//! makes on the training part, averaged over rows and values. Below 1 is better than naive.

use super::measure::{Counter, Mean, Measure, Metric, Scored, Setting, numbers};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "mase",
    doc: "Mean absolute error in units of the error that the naive forecast makes on the training \
          part.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|setting| {
        Box::new(Mase { setting: setting.clone(), mean: Mean::default() })
    }),
};

struct Mase {
    setting: Setting,
    mean: Mean,
}

impl Counter for Mase {
    fn add(&mut self, scored: &Scored) {
        let width = self.setting.target.outputs();
        for (at, (&output, &value)) in scored.outputs.iter().zip(numbers(scored)).enumerate() {
            let of = at % width;
            let error = (f64::from(output) - f64::from(value)).abs() * self.setting.unit(of);
            self.mean.add(error / self.setting.naive_errors.get(of).copied().unwrap_or(1.0));
        }
    }

    fn value(&self) -> f64 {
        self.mean.value()
    }
}
