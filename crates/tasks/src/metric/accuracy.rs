//! Accuracy: the share of predictions whose class has the largest logit (the first of equal
//! ones counts).

use super::measure::{Counter, Mean, Measure, Metric, Scored, classes, largest};

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
        let classes = classes(scored);
        let width = (scored.outputs.len() / classes.len().max(1)).max(1);
        for (row, &class) in scored.outputs.chunks_exact(width).zip(classes) {
            self.0.add(f64::from(u8::from(largest(row) == class as usize)));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}
