//! Mean squared error: the mean over rows and values of (output − value)².

use super::measure::{Counter, Mean, Measure, Metric, Scored, numbers};

/// The metric, which a task of values is trained on.
pub const METRIC: Metric = Metric {
    name: "loss",
    doc: "Mean squared error of what the network gives, in the units that it is trained in.",
    unit: "",
    over: "values",
    higher_is_better: false,
    measure: Measure::Counted(|_| Box::new(SquaredError(Mean::default()))),
};

struct SquaredError(Mean);

impl Counter for SquaredError {
    fn add(&mut self, scored: &Scored) {
        for (&output, &value) in scored.outputs.iter().zip(numbers(scored)) {
            self.0.add((f64::from(output) - f64::from(value)).powi(2));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}
