//! Scaling of channels by what the training part says of them.

use crate::{Example, Inputs};

/// Mean and standard deviation of a channel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// The mean.
    pub mean: f64,
    /// The standard deviation (divisor n); 1 for a constant channel, so that it becomes 0.
    pub deviation: f64,
}

impl Scale {
    /// Of some values.
    pub fn of(values: &[f64]) -> Self {
        // Told from the values: a variance may round to just above 0.
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if lowest >= highest {
            return Self { mean: lowest, deviation: 1.0 };
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        Self { mean, deviation: variance.sqrt() }
    }

    /// The value in units of the deviation, from the mean.
    pub fn apply(self, value: f32) -> f32 {
        ((f64::from(value) - self.mean) / self.deviation) as f32
    }
}

/// The scale of each channel over all steps of some sequences.
pub fn scales(examples: &[Example], channels: usize) -> Vec<Scale> {
    let values = |example: &'_ Example| match &example.inputs {
        Inputs::Values(values) => values.clone(),
        Inputs::Tokens(_) => Vec::new(),
    };
    let channel = |channel| {
        let own = |example| values(example).into_iter().skip(channel).step_by(channels);
        Scale::of(&examples.iter().flat_map(own).map(f64::from).collect::<Vec<_>>())
    };
    (0..channels).map(channel).collect()
}

/// Scales every channel of every sequence.
pub fn standardize(examples: &mut [Example], scales: &[Scale]) {
    for example in examples {
        let Inputs::Values(values) = &mut example.inputs else { continue };
        for step in values.chunks_mut(scales.len()) {
            step.iter_mut().zip(scales).for_each(|(value, scale)| *value = scale.apply(*value));
        }
    }
}
