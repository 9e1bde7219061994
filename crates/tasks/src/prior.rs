//! The prediction that ignores its input: the frequencies, or the means, of the training
//! part.

use crate::batch::{Batch, Targets};
use crate::shape::Target;

/// The same output for every place that is asked about, from training targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Prior {
    target: Target,
    output: Vec<f32>,
}

impl Prior {
    /// The log-frequency of each class (one that never occurs counts as seen once, so that
    /// its cross-entropy is a number), the mean of each value, or the log-odds of each label
    /// (with half an occurrence added on both sides).
    pub fn of<'a>(target: Target, rows: impl Iterator<Item = &'a Targets>) -> Self {
        let outputs = target.outputs();
        let mut sums = vec![0.0_f64; outputs];
        let mut count = 0.0;
        for targets in rows {
            match targets {
                Targets::Classes(classes) => {
                    for &class in classes {
                        sums[class as usize] += 1.0;
                    }
                    count += classes.len() as f64;
                }
                Targets::Values(numbers) | Targets::Labels(numbers) => {
                    for row in numbers.chunks_exact(outputs) {
                        sums.iter_mut().zip(row).for_each(|(sum, &x)| *sum += f64::from(x));
                        count += 1.0;
                    }
                }
            }
        }
        let output = |sum: f64| match target {
            Target::Class { .. } => (sum.max(1.0) / count).ln(),
            Target::Value { .. } => sum / count,
            Target::Labels { .. } => ((sum + 0.5) / (count - sum + 0.5)).ln(),
        };
        Self { target, output: sums.into_iter().map(|sum| output(sum) as f32).collect() }
    }

    /// The outputs for a batch, `[rows, outputs]`.
    pub fn predict(&self, batch: &Batch) -> Vec<f32> {
        self.output.repeat(batch.targets.rows(self.output.len()))
    }

    /// How the prediction is made.
    pub fn rule(&self) -> &'static str {
        match self.target {
            Target::Class { .. } => {
                "the class frequencies of the training part, whatever the input"
            }
            Target::Value { .. } => "the mean of the training part, whatever the input",
            Target::Labels { .. } => {
                "the frequency of each label in the training part, whatever the input"
            }
        }
    }
}
