//! A look inside a model: where its gradients go, which gates are stuck.
//!
//! The sequences are the first of the validation part, the same at every step and in every arm; the
//! loss is that at the last place that is asked about in each. Nothing of it touches the training:
//! a run ends with the same bits however often it is looked at.

use std::sync::Arc;

use architectures::probing::{LayerRun, gradient_norms, probed};
use architectures::sequence::Direction;
use architectures::spectral_radius::spectral_radius_of;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Gradients, Tensor};
use recurrence::{Gate, Range};
use store::{Reading, RunConfig};
use tasks::{Asked, Batch, Targets, Task, VALIDATION};

use crate::model::initial_model;
use crate::{Item, TrainOptions, Trainable, TrainingError, device};

/// Sequences that are looked at, at most.
const MOST_SEQUENCES: usize = 32;
/// A gate within this of an end of its range is saturated; of a tanh half as wide a part.
const EDGE: f32 = 0.1;
/// One look in so many optimizer steps, where nothing else is said.
const STEPS_A_LOOK: u64 = 200;
/// Looks, where nothing else is said.
const MOST_LOOKS: u64 = 20;

/// The epochs after which a run looks inside its model, ascending; 0 is before the first step.
/// `most` is how often at most, `None` for as often as costs little.
pub fn looks(options: &TrainOptions, most: Option<u64>) -> Vec<u64> {
    let most = most.unwrap_or_else(|| (options.steps / STEPS_A_LOOK).clamp(2, MOST_LOOKS));
    let epochs = options.epochs();
    let Some(gaps) = most.checked_sub(1) else { return Vec::new() };
    let gaps = gaps.min(epochs);
    if gaps == 0 {
        return vec![0];
    }
    (0..=gaps).map(|look| look * epochs / gaps).collect()
}

/// What is seen in `model`, on a device with autodiff, on at most `size` sequences.
pub fn probe(
    model: &Trainable,
    task: &Arc<dyn Task>,
    size: usize,
    device: &Device,
) -> Vec<Reading> {
    let batch = task.evaluation_batch(VALIDATION, 0, size.min(MOST_SEQUENCES));
    let batch = last_asked(batch, task.shape().target.outputs());
    // The step that is asked about in each sequence; none where that is all of it.
    let asked = match &batch.asked {
        Asked::Sequences => None,
        Asked::Steps(at) => {
            Some(at.iter().map(|&at| at as usize % batch.steps).collect::<Vec<_>>())
        }
    };
    let (lengths, rows) = (batch.lengths.clone(), batch.sequences_of_rows().len());
    if rows == 0 {
        return Vec::new();
    }
    let item = Item::new(batch, None, device);
    let (loss, runs) = probed(|| model.loss(&item));
    let gradients = loss.backward();
    let mut readings = Vec::new();
    let mut seen = [0, 0];
    for run in &runs {
        let backward = run.direction == Direction::Backward;
        let number = &mut seen[usize::from(backward)];
        *number += 1;
        let layer = format!("layer {number}{}", if backward { " backward" } else { "" });
        // Windows or pooled steps have no place of the sequence that is asked about.
        let asked = asked.as_ref().filter(|_| run.lengths == lengths).map(Vec::as_slice);
        readings.extend(by_lag(&layer, run, asked, rows, &gradients));
        readings.extend(of_layer(&layer, run));
    }
    let of_parameters = GradientsParams::from_grads(gradients, model);
    let norms = gradient_norms(model, &of_parameters).into_iter();
    readings.extend(norms.map(|(of, norm)| Reading::number(Reading::GRADIENT_NORM, of, norm)));
    readings.retain(Reading::is_finite);
    readings
}

/// What is seen in the model of a configuration before its first step, in the replicate `seed`.
///
/// # Errors
/// Those of [`crate::train`] that come before its first step.
pub fn probe_start(
    config: &RunConfig,
    task: &Arc<dyn Task>,
    seed: u64,
) -> Result<Vec<Reading>, TrainingError> {
    let options = TrainOptions::read(&config.train)?;
    let device = device(&config.backend)?.autodiff();
    let model = initial_model(config, seed, &task.shape(), &device)?;
    Ok(probe(&Trainable::new(model, options.rules()), task, options.batch, &device))
}

/// The batch with nothing but the last place that is asked about in each sequence.
fn last_asked(batch: Batch, width: usize) -> Batch {
    let Asked::Steps(at) = &batch.asked else { return batch };
    let of = batch.sequences_of_rows();
    let last: Vec<usize> = (0..of.len()).filter(|&row| of.get(row + 1) != Some(&of[row])).collect();
    let numbers = |all: &[f32]| {
        last.iter().flat_map(|&row| &all[row * width..][..width]).copied().collect::<Vec<_>>()
    };
    let targets = match &batch.targets {
        Targets::Classes(classes) => {
            Targets::Classes(last.iter().map(|&row| classes[row]).collect())
        }
        Targets::Values(values) => Targets::Values(numbers(values)),
        Targets::Labels(labels) => Targets::Labels(numbers(labels)),
    };
    let asked = Asked::Steps(last.iter().map(|&row| at[row]).collect());
    Batch { asked, targets, ..batch }
}

/// The norm of the gradient of the loss by the hidden state against the steps between that and the
/// place that is asked about, mean over the sequences that are as long.
fn by_lag(
    layer: &str,
    run: &LayerRun,
    asked: Option<&[usize]>,
    rows: usize,
    gradients: &Gradients,
) -> Option<Reading> {
    let gradient = run.probe.hidden_gradient(gradients)?;
    let [batch, steps, hidden] = gradient.dims();
    let values = numbers(gradient);
    let backward = run.direction == Direction::Backward;
    let mut sums = vec![(0.0, 0_u32); steps];
    for sequence in 0..batch {
        let length = run.lengths[sequence];
        let end = if backward { 0 } else { length - 1 };
        let place = asked.and_then(|asked| asked.get(sequence)).copied().unwrap_or(end);
        for step in 0..length {
            let (early, late) = if backward { (place, step) } else { (step, place) };
            let Some(lag) = late.checked_sub(early) else { continue };
            let own = &values[(sequence * steps + step) * hidden..][..hidden];
            let norm = own.iter().map(|&it| f64::from(it).powi(2)).sum::<f64>().sqrt();
            let (sum, count) = &mut sums[lag];
            // The loss is the mean over the sequences.
            *sum += norm * rows as f64;
            *count += 1;
        }
    }
    let lags: Vec<usize> = shown_lags(steps).filter(|&lag| sums[lag].1 > 0).collect();
    Some(Reading {
        kind: Reading::GRADIENT_BY_LAG.into(),
        of: layer.into(),
        at: lags.iter().map(|&lag| lag as f64).collect(),
        values: lags.iter().map(|&lag| sums[lag].0 / f64::from(sums[lag].1)).collect(),
    })
}

/// Lags that are kept: all up to 8, then four in each doubling, and the longest.
fn shown_lags(steps: usize) -> impl Iterator<Item = usize> {
    let kept = move |lag: usize| {
        let step = (lag + 1).next_power_of_two() / 8;
        lag <= 8 || lag.is_multiple_of(step.max(1)) || lag + 1 == steps
    };
    (0..steps).filter(move |&lag| kept(lag))
}

/// Saturated gates, spectral radius and size of the hidden state.
fn of_layer(layer: &str, run: &LayerRun) -> Vec<Reading> {
    let mut readings = Vec::new();
    let [batch, steps, hidden] = run.hidden.dims();
    let valid: usize = run.lengths.iter().sum();
    if let Some(gates) = &run.gates {
        let values = numbers(gates.clone());
        let width = run.names.len() * hidden;
        for (index, gate) in run.names.iter().enumerate() {
            let Some([low, high]) = ends(gate) else { continue };
            let (mut below, mut above) = (0_u64, 0_u64);
            for sequence in 0..batch {
                for step in 0..run.lengths[sequence] {
                    let first = (sequence * steps + step) * width + index * hidden;
                    let own = &values[first..][..hidden];
                    below += own.iter().filter(|&&it| it < low).count() as u64;
                    above += own.iter().filter(|&&it| it > high).count() as u64;
                }
            }
            let all = (valid * hidden) as f64;
            readings.push(Reading {
                kind: Reading::SATURATED.into(),
                of: format!("{layer} {}", gate.name),
                at: vec![0.0, 1.0],
                values: vec![below as f64 / all, above as f64 / all],
            });
        }
    }
    if let Some(weight) = run.candidate_weight() {
        let radius = spectral_radius_of(weight.inner());
        readings.push(Reading::number(Reading::SPECTRAL_RADIUS, layer, radius));
    }
    let norms: f64 = numbers(run.hidden.clone())
        .chunks(hidden)
        .map(|state| state.iter().map(|&it| f64::from(it).powi(2)).sum::<f64>().sqrt())
        .sum();
    readings.push(Reading::number(Reading::HIDDEN_NORM, layer, norms / valid as f64));
    readings
}

/// Below and above which a gate is saturated.
fn ends(gate: &Gate) -> Option<[f32; 2]> {
    match gate.range {
        Range::Sigmoid => Some([EDGE, 1.0 - EDGE]),
        Range::Tanh => Some([EDGE - 1.0, 1.0 - EDGE]),
        Range::Open => None,
    }
}

fn numbers<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("models compute in f32")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_evenly_apart_and_hold_both_ends() {
        let mut train = schema::defaults(crate::TRAIN_KEYS);
        train.insert("steps".into(), 3000.into());
        let options = TrainOptions::read(&train).unwrap();
        let default = looks(&options, None);
        assert_eq!((default.len(), default[0], default[14]), (15, 0, 30));
        assert!(default.is_sorted_by(|a, b| a < b), "{default:?}");
        assert_eq!(looks(&options, Some(4)), [0, 10, 20, 30]);
        assert_eq!(looks(&options, Some(1)), [0]);
        assert_eq!(looks(&options, Some(0)), Vec::<u64>::new());
        assert_eq!(looks(&options, Some(1000)).len(), 31);
        train.insert("steps".into(), 20.into());
        train.insert("evaluate_every".into(), 20.into());
        assert_eq!(looks(&TrainOptions::read(&train).unwrap(), None), [0, 1]);
    }

    #[test]
    fn lags_are_dense_where_they_are_short_and_hold_the_longest() {
        let lags: Vec<_> = shown_lags(200).collect();
        assert_eq!(lags[..9], [0, 1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(
            lags[9..],
            [10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 199]
        );
    }
}
