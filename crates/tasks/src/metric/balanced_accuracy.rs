//! Balanced accuracy: the mean over the classes that occur of the share of their predictions
//! that are right. As scikit-learn's `balanced_accuracy_score`.

use super::confusion::Confusion;
use super::measure::{Counter, Measure, Metric, Scored};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "balanced_accuracy",
    doc: "Mean over the classes of the share of each that is named right: every class counts the \
          same, however rare.",
    unit: "",
    over: "classes",
    higher_is_better: true,
    measure: Measure::Counted(|setting| {
        Box::new(BalancedAccuracy(Confusion::new(setting.target.outputs())))
    }),
};

struct BalancedAccuracy(Confusion);

impl Counter for BalancedAccuracy {
    fn add(&mut self, scored: &Scored) {
        self.0.add(scored);
    }

    fn value(&self) -> f64 {
        let recalls: Vec<f64> = self
            .0
            .counts()
            .filter(|it| it.is > 0)
            .map(|it| it.both as f64 / it.is as f64)
            .collect();
        recalls.iter().sum::<f64>() / recalls.len().max(1) as f64
    }
}
