//! Exact match: the share of sequences all of whose answers are right.

use super::measure::{Counter, Mean, Measure, Metric, Scored, classes, largest};

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
        let classes = classes(scored);
        let width = (scored.outputs.len() / classes.len().max(1)).max(1);
        let mut rows = scored.outputs.chunks_exact(width).zip(classes);
        for sequence in scored.sequences.chunk_by(|a, b| a == b) {
            let own = rows.by_ref().take(sequence.len());
            // All rows are taken, also after the first wrong one.
            let right = own.filter(|(row, class)| largest(row) == **class as usize).count();
            self.0.add(f64::from(u8::from(right == sequence.len())));
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}
