//! Macro-F1: the mean over classes of F1 = 2 · right / (occurrences + times named), over those
//! that occur or are named. As scikit-learn's `f1_score(average="macro")`.

use super::confusion::Confusion;
use super::measure::{Counter, Measure, Metric, Scored};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "macro_f1",
    doc: "Mean over the classes of the harmonic mean of precision and recall.",
    unit: "",
    over: "classes",
    higher_is_better: true,
    measure: Measure::Counted(|setting| {
        Box::new(MacroF1(Confusion::new(setting.target.outputs())))
    }),
};

struct MacroF1(Confusion);

impl Counter for MacroF1 {
    fn add(&mut self, scored: &Scored) {
        self.0.add(scored);
    }

    fn value(&self) -> f64 {
        let seen = self.0.counts().filter(|it| it.is + it.said > 0);
        let f1: Vec<f64> = seen.map(|it| 2.0 * it.both as f64 / (it.is + it.said) as f64).collect();
        f1.iter().sum::<f64>() / f1.len().max(1) as f64
    }
}
