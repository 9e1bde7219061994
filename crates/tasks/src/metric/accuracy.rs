//! Accuracy: the share of predictions whose class has the largest logit (the first of equal
//! ones counts).

use super::measure::{Counter, Mean, Measure, Metric, Scored, largest, rows};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "accuracy",
    doc: "Share of predictions whose class has the largest logit.",
    unit: "",
    over: "predictions",
    higher_is_better: true,
    measure: Measure::Counted(|_| Box::new(Accuracy(Mean::default()))),
};

struct Accuracy(Mean);

impl Counter for Accuracy {
    fn add(&mut self, scored: &Scored) {
        for (row, class) in rows(scored) {
            self.0.add(f64::from(u8::from(largest(row) == class)));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}
