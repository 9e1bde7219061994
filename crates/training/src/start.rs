//! A model that starts from the weights of a file.

use std::fs;
use std::path::Path;

use architectures::{Initializer, Model};
use burn::tensor::Device;
use store::{ModelConfig, StartWeights, digest};
use tasks::TaskShape;

use crate::TrainingError;
use crate::model::build_model;

/// The digest of a file of weights.
///
/// # Errors
/// [`TrainingError::Weights`] if it cannot be read.
pub fn digest_weights(file: &str) -> Result<String, TrainingError> {
    Ok(digest(&bytes(file)?))
}

/// `model`, which is that of `config`, with the weights that the configuration names, if any.
///
/// # Errors
/// [`TrainingError::Weights`] if they cannot be read, are other ones than were planned or are not
/// those of the model.
pub fn with_start(model: Model, config: &ModelConfig) -> Result<Model, TrainingError> {
    match &config.weights {
        None => Ok(model),
        Some(start) => {
            let tensors = read(start)?;
            let (model, _) =
                model.with_weights(&tensors).map_err(|error| unfit(start, error.to_string()))?;
            Ok(model)
        }
    }
}

/// What of the model of a configuration begins anew although it names weights: nothing of one that
/// names none.
///
/// # Errors
/// As [`with_start`]; those of building the model.
pub fn begin_anew(config: &ModelConfig, shape: &TaskShape) -> Result<Vec<String>, TrainingError> {
    let Some(start) = &config.weights else { return Ok(Vec::new()) };
    let device = Device::flex();
    let model = build_model(config, shape, &mut Initializer::shapes(&device))?;
    let tensors = read(start)?;
    Ok(model.would_take(&tensors).map_err(|error| unfit(start, error.to_string()))?.left)
}

fn read(start: &StartWeights) -> Result<weights::Tensors, TrainingError> {
    if digest_weights(&start.file)? != start.digest {
        let reason = "it is not the file that was planned with; plan anew: start `run` again";
        return Err(unfit(start, reason));
    }
    let read = weights::read(Path::new(&start.file));
    Ok(read.map_err(|error| unfit(start, error.fault.to_string()))?.tensors)
}

fn bytes(file: &str) -> Result<Vec<u8>, TrainingError> {
    fs::read(file).map_err(|error| TrainingError::Weights {
        file: file.to_owned(),
        reason: format!("it cannot be read: {error}"),
    })
}

fn unfit(start: &StartWeights, reason: impl Into<String>) -> TrainingError {
    TrainingError::Weights { file: start.file.clone(), reason: reason.into() }
}
