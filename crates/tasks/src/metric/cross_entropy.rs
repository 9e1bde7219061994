//! Cross-entropy of class logits z: the mean over rows of ln Σ exp(z) − z of the class, in nats.

use super::measure::{Counter, Mean, Measure, Metric, Scored, rows};

/// The metric, which a task of classes is trained on.
pub const METRIC: Metric = Metric {
    name: "loss",
    doc: "Cross-entropy of the class.",
    unit: "nats",
    over: "predictions",
    higher_is_better: false,
    measure: Measure::Counted(|_| Box::new(CrossEntropy(Mean::default()))),
};

struct CrossEntropy(Mean);

impl Counter for CrossEntropy {
    fn add(&mut self, scored: &Scored) {
        for (row, class) in rows(scored) {
            self.0.add(of_row(row, class));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}

/// −ln of the probability that `logits` give to `class`.
fn of_row(logits: &[f32], class: usize) -> f64 {
    // Subtracting the largest keeps exp within range.
    let largest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - largest).exp()).sum();
    sum.ln() + largest - f64::from(logits[class])
}
