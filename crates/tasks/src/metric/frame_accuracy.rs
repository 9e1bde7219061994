//! Frame accuracy of labels (Bay, Ehmann and Downie 2009): right positives over all that are
//! positive in truth or prediction, TP / (TP + FP + FN), a label counting as predicted from a
//! probability of one half.

use super::measure::{Counter, Measure, Metric, Scored, numbers};

/// The metric.
pub const METRIC: Metric = Metric {
    name: "frame_accuracy",
    doc: "Labels rightly predicted, of those that hold or are predicted.",
    unit: "",
    over: "labels",
    higher_is_better: true,
    measure: Measure::Counted(|_| Box::new(FrameAccuracy { both: 0, either: 0 })),
};

struct FrameAccuracy {
    both: u64,
    either: u64,
}

impl Counter for FrameAccuracy {
    fn add(&mut self, scored: &Scored) {
        for (&logit, &label) in scored.outputs.iter().zip(numbers(scored)) {
            let (said, holds) = (logit > 0.0, label > 0.5);
            self.both += u64::from(said && holds);
            self.either += u64::from(said || holds);
        }
    }

    fn value(&self) -> f64 {
        // Nothing to find and nothing said is right.
        if self.either == 0 { 1.0 } else { self.both as f64 / self.either as f64 }
    }
}
