//! What a metric is, and what it is counted from.

use std::fmt;

use crate::batch::Targets;
use crate::shape::Target;

/// A score that predictions are judged by.
#[derive(Clone, Copy)]
pub struct Metric {
    /// Name in results and experiment files. The one that is trained on is called `loss`.
    pub name: &'static str,
    /// What it measures.
    pub doc: &'static str,
    /// What it is measured in; empty for a pure number.
    pub unit: &'static str,
    /// What it is averaged over: "sequences", "steps", "values".
    pub over: &'static str,
    /// Whether a larger score is the better one.
    pub higher_is_better: bool,
    /// How it is computed.
    pub measure: Measure,
}

/// How a metric is computed.
#[derive(Clone, Copy)]
pub enum Measure {
    /// By counting every prediction.
    Counted(fn(&Setting) -> Box<dyn Counter>),
    /// From the mean loss.
    OfLoss(fn(f64) -> f64),
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// What metrics must know of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// What is predicted.
    pub target: Target,
    /// Of each value, how many units of the data one unit of the target is: a task that
    /// standardises its targets gives the standard deviations here, and errors are reported
    /// in the data's own units. Empty for 1.
    pub units: Vec<f64>,
    /// Of each value, what 0 of the target is in the data's own units: the mean that a task
    /// which standardises has taken away. Empty for 0.
    pub origins: Vec<f64>,
    /// Of each value, the mean absolute error of a naive forecast on the training part, in
    /// the data's own units; empty where nothing is scaled by it.
    pub naive_errors: Vec<f64>,
}

impl Setting {
    /// Targets as they are.
    pub fn of(target: Target) -> Self {
        Self { target, units: Vec::new(), origins: Vec::new(), naive_errors: Vec::new() }
    }

    /// Units of the data in one unit of value `value`.
    pub fn unit(&self, value: usize) -> f64 {
        self.units.get(value).copied().unwrap_or(1.0)
    }

    /// A target's value `value` in the data's own units.
    pub fn in_own_units(&self, value: usize, scaled: f32) -> f64 {
        let origin = self.origins.get(value).copied().unwrap_or(0.0);
        f64::from(scaled) * self.unit(value) + origin
    }
}

/// Predictions and what they should have been.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'a> {
    /// What a model said, `[rows, outputs]`, row-major.
    pub outputs: &'a [f32],
    /// What it should have said, as many rows.
    pub targets: &'a Targets,
    /// The sequence of the batch that each row belongs to, ascending. The rows of one
    /// sequence are never in two batches.
    pub sequences: &'a [u32],
}

/// Counts one metric over batches.
pub trait Counter: Send {
    /// Counts the predictions of a batch.
    fn add(&mut self, scored: &Scored);

    /// The metric over all that was counted.
    fn value(&self) -> f64;
}

/// The sum of something over rows, and their number: for metrics that are means.
#[derive(Debug, Clone, Copy, Default)]
pub struct Mean {
    sum: f64,
    count: f64,
}

impl Mean {
    /// Counts one more.
    pub fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    /// The mean; 0 of nothing.
    pub fn value(&self) -> f64 {
        if self.count > 0.0 { self.sum / self.count } else { 0.0 }
    }
}

/// Counts a mean over rows and values of what `of` makes of an error, output − value, and the
/// place of its value among those of a row.
pub(crate) struct ErrorMean {
    setting: Setting,
    mean: Mean,
    of: fn(f64, usize, &Setting) -> f64,
    /// What is made of the mean.
    then: fn(f64) -> f64,
}

impl ErrorMean {
    /// Nothing counted yet.
    pub fn counter(
        setting: &Setting,
        of: fn(f64, usize, &Setting) -> f64,
        then: fn(f64) -> f64,
    ) -> Box<dyn Counter> {
        Box::new(Self { setting: setting.clone(), mean: Mean::default(), of, then })
    }
}

impl Counter for ErrorMean {
    fn add(&mut self, scored: &Scored) {
        let width = self.setting.target.outputs();
        for (at, (&output, &value)) in scored.outputs.iter().zip(numbers(scored)).enumerate() {
            let error = f64::from(output) - f64::from(value);
            self.mean.add((self.of)(error, at % width, &self.setting));
        }
    }

    fn value(&self) -> f64 {
        (self.then)(self.mean.value())
    }
}

/// The logits of each row and its class, of a task of classes.
pub(crate) fn rows<'a>(scored: &Scored<'a>) -> impl Iterator<Item = (&'a [f32], usize)> {
    let Targets::Classes(classes) = scored.targets else {
        unreachable!("a task lists metrics that fit its target")
    };
    let width = (scored.outputs.len() / classes.len().max(1)).max(1);
    let classes = classes.iter().map(|&class| class as usize);
    scored.outputs.chunks_exact(width).zip(classes)
}

/// The numbers of targets that are values or labels.
pub(crate) fn numbers<'a>(scored: &Scored<'a>) -> &'a [f32] {
    match scored.targets {
        Targets::Values(numbers) | Targets::Labels(numbers) => numbers,
        Targets::Classes(_) => unreachable!("a task lists metrics that fit its target"),
    }
}

/// Index of the largest of some outputs; the first of equal ones.
pub(crate) fn largest(outputs: &[f32]) -> usize {
    let best = outputs.iter().enumerate().rev().max_by(|a, b| a.1.total_cmp(b.1));
    best.map_or(0, |(index, _)| index)
}
