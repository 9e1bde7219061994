//! The model of a configuration.

use architectures::{Initializer, Model, PoolingKind, Readout, Reads, Spec};
use burn::module::Module as _;
use burn::tensor::Device;
use store::ModelConfig;
use tasks::{Answers, Input, TaskShape};

use crate::TrainingError;

/// Trainable parameters of a model on a task of the given shape.
///
/// # Errors
/// [`TrainingError::Architecture`].
pub fn parameters(model: &ModelConfig, shape: &TaskShape) -> Result<u64, TrainingError> {
    let device = Device::flex();
    let model = build_model(model, shape, &mut Initializer::shapes(&device))?;
    Ok(model.num_params() as u64)
}

/// The model of a configuration.
///
/// # Errors
/// [`TrainingError::Architecture`].
pub fn build_model(
    config: &ModelConfig,
    shape: &TaskShape,
    init: &mut Initializer,
) -> Result<Model, TrainingError> {
    let (reads, input) = match shape.input {
        Input::Tokens { vocabulary } => {
            (Reads::Tokens(vocabulary), config.embedding.unwrap_or(ModelConfig::EMBEDDING))
        }
        vectors => (Reads::Vectors, vectors.width()),
    };
    let pooling = match config.pooling {
        store::Pooling::Last => PoolingKind::Last,
        store::Pooling::Mean => PoolingKind::Mean,
        store::Pooling::Max => PoolingKind::Max,
        store::Pooling::Attention => PoolingKind::Attention,
    };
    let readout = match shape.answers {
        Answers::Sequence => pooling.readout(),
        Answers::Steps { future } => Readout::EveryStep { future },
    };
    let frame = match shape.input {
        Input::Frames { height, width, channels } => Some([height, width, channels]),
        _ => None,
    };
    let spec = Spec { input, frame, max_steps: shape.max_steps, hidden: config.hidden, readout };
    let outputs = shape.target.outputs();
    let ModelConfig { architecture, options, .. } = config;
    Ok(Model::build(architecture, &spec, reads, pooling, outputs, options, init)?)
}
