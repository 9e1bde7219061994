//! All metrics of a task over some batches.

use std::collections::BTreeMap;

use super::measure::{Counter, Measure, Metric, Scored, Setting};
use crate::batch::Batch;

/// All metrics of a task over some batches.
pub struct Scores {
    metrics: Vec<&'static Metric>,
    /// `None` for a metric that the loss tells.
    counters: Vec<Option<Box<dyn Counter>>>,
    /// Of batches whose loss was told rather than counted: sum over rows, and rows.
    told: (f64, f64),
}

impl Scores {
    /// Nothing counted yet. `metrics` are [`crate::Task::metrics`].
    pub fn new(metrics: &[&'static Metric], setting: &Setting) -> Self {
        let counter = |metric: &&Metric| match metric.measure {
            Measure::Counted(new) => Some(new(setting)),
            Measure::OfLoss(_) => None,
        };
        let counters = metrics.iter().map(counter).collect();
        Self { metrics: metrics.to_vec(), counters, told: (0.0, 0.0) }
    }

    /// Counts a batch.
    pub fn add(&mut self, scored: &Scored) {
        for counter in self.counters.iter_mut().flatten() {
            counter.add(scored);
        }
    }

    /// Counts a batch whose mean loss is known, as in training, where that is cheaper.
    pub fn add_with_loss(&mut self, scored: &Scored, loss: f64) {
        for counter in self.counters.iter_mut().skip(1).flatten() {
            counter.add(scored);
        }
        let rows = scored.sequences.len() as f64;
        self.told = (self.told.0 + loss * rows, self.told.1 + rows);
    }

    /// The metrics by name.
    pub fn values(&self) -> BTreeMap<String, f64> {
        let counted = |counter: &Option<Box<dyn Counter>>| {
            counter.as_ref().map_or(f64::NAN, |counter| counter.value())
        };
        let loss = match self.told {
            (_, 0.0) => self.counters.first().map_or(f64::NAN, counted),
            (sum, rows) => sum / rows,
        };
        let value = |(at, metric): (usize, &&Metric)| {
            let value = match metric.measure {
                _ if at == 0 => loss,
                Measure::OfLoss(of) => of(loss),
                Measure::Counted(_) => counted(&self.counters[at]),
            };
            (metric.name.to_owned(), value)
        };
        self.metrics.iter().enumerate().map(value).collect()
    }
}

/// Scores of what `predict` says of `batches`, `[rows, outputs]` of each.
pub fn scores_of(
    metrics: &[&'static Metric],
    setting: &Setting,
    batches: impl Iterator<Item = Batch>,
    mut predict: impl FnMut(&Batch) -> Vec<f32>,
) -> BTreeMap<String, f64> {
    let mut scores = Scores::new(metrics, setting);
    for batch in batches {
        let (outputs, sequences) = (predict(&batch), batch.sequences_of_rows());
        let targets = &batch.targets;
        scores.add(&Scored { outputs: &outputs, targets, sequences: &sequences });
    }
    scores.values()
}
