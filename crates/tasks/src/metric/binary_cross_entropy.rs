//! Negative log likelihood of independent labels with logits z and truths y: the mean over
//! rows of Σ ln(1 + exp(z)) − y z, in nats. Of music, that is the NLL per frame of
//! Boulanger-Lewandowski et al. 2012, Chung et al. 2014 and Bai et al. 2018.

use super::measure::{Counter, Mean, Measure, Metric, Scored, numbers};

/// The metric, which a task of labels is trained on.
pub const METRIC: Metric = Metric {
    name: "loss",
    doc: "Negative log likelihood of all labels of a prediction together.",
    unit: "nats",
    over: "predictions",
    higher_is_better: false,
    measure: Measure::Counted(|_| Box::new(BinaryCrossEntropy(Mean::default()))),
};

struct BinaryCrossEntropy(Mean);

impl Counter for BinaryCrossEntropy {
    fn add(&mut self, scored: &Scored) {
        let rows = scored.sequences.len();
        let width = (scored.outputs.len() / rows.max(1)).max(1);
        let targets = numbers(scored).chunks_exact(width);
        for (logits, labels) in scored.outputs.chunks_exact(width).zip(targets) {
            self.0
                .add(logits.iter().zip(labels).map(|(&z, &y)| of_label(z.into(), y.into())).sum());
        }
    }

    fn value(&self) -> f64 {
        self.0.value()
    }
}

/// ln(1 + exp(z)) − y z, without overflow.
fn of_label(z: f64, y: f64) -> f64 {
    z.max(0.0) - y * z + (-z.abs()).exp().ln_1p()
}
