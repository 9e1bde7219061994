//! A model that starts from the weights of a file.

use std::fs;
use std::path::Path;

use architectures::Model;
use store::{ModelConfig, StartWeights, digest};

use crate::TrainingError;

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

pub(crate) fn read(start: &StartWeights) -> Result<weights::Tensors, TrainingError> {
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

pub(crate) fn unfit(start: &StartWeights, reason: impl Into<String>) -> TrainingError {
    TrainingError::Weights { file: start.file.clone(), reason: reason.into() }
}
