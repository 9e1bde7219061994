//! Exact match: the share of sequences all of whose answers are right.

use super::measure::{Counter, Mean, Measure, Metric, Scored, largest, rows};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "exact_match",
    doc: "Share of sequences all of whose answers are right.",
    unit: "",
    over: "sequences",
    higher_is_better: true,
    measure: Measure::Counted(|_| Box::new(ExactMatch(Mean::default()))),
};

struct ExactMatch(Mean);

impl Counter for ExactMatch {
    fn add(&mut self, scored: &Scored) {
        let mut rows = rows(scored);
        for sequence in scored.sequences.chunk_by(|a, b| a == b) {
            let own = rows.by_ref().take(sequence.len());
            // All rows are taken, also after the first wrong one.
            let right = own.filter(|(row, class)| largest(row) == *class).count();
            self.0.add(f64::from(u8::from(right == sequence.len())));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}
