//! Scaling of channels by what the training part says of them.

use crate::{Example, Inputs, Targets};

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

/// Subtracts from every channel of the inputs its mean, and divides by its deviation, both over
/// all steps of the first part, the training part.
pub fn standardize(parts: [&mut Vec<Example>; 3], channels: usize) {
    scale(parts, channels, |example| match &mut example.inputs {
        Inputs::Values(values) => values,
        Inputs::Tokens(_) => &mut [],
    });
}

/// The same for each sequence by itself: only its shape is left, of each channel.
pub fn standardize_each(examples: &mut [Example], channels: usize) {
    for example in examples {
        let Inputs::Values(values) = &mut example.inputs else { continue };
        for channel in 0..channels {
            let own: Vec<f64> =
                values.chunks(channels).map(|step| f64::from(step[channel])).collect();
            let scale = Scale::of(&own);
            for step in values.chunks_mut(channels) {
                step[channel] = scale.apply(step[channel]);
            }
        }
    }
}

/// The same as [`standardize`] with the values that are to be predicted; how they were scaled.
pub fn standardize_targets(parts: [&mut Vec<Example>; 3], values: usize) -> Vec<Scale> {
    scale(parts, values, |example| match &mut example.targets {
        Targets::Values(values) => values,
        Targets::Classes(_) | Targets::Labels(_) => &mut [],
    })
}

/// Scales rows of `width` numbers, the same place of each row alike.
fn scale(
    parts: [&mut Vec<Example>; 3],
    width: usize,
    numbers: fn(&mut Example) -> &mut [f32],
) -> Vec<Scale> {
    let mut columns = vec![Vec::new(); width];
    for row in parts[0].iter_mut().flat_map(|example| numbers(example).chunks(width)) {
        columns.iter_mut().zip(row).for_each(|(column, &value)| column.push(f64::from(value)));
    }
    let scales: Vec<_> = columns.iter().map(|column| Scale::of(column)).collect();
    for row in parts.into_iter().flatten().flat_map(|example| numbers(example).chunks_mut(width)) {
        row.iter_mut().zip(&scales).for_each(|(value, scale)| *value = scale.apply(*value));
    }
    scales
}
