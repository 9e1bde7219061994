//! The model of a configuration.

use architectures::{Initializer, Model, PoolingKind, Readout, Reads, Spec};
use burn::module::Module as _;
use burn::tensor::Device;
use store::{ModelConfig, RunConfig, Sizes};
use tasks::{Answers, Input, TaskShape, randomness};

use crate::TrainingError;
use crate::start::{read, unfit, with_start};

/// Trainable parameters of a model on a task of the given shape.
///
/// # Errors
/// [`TrainingError::Architecture`].
pub fn parameters(model: &ModelConfig, shape: &TaskShape) -> Result<u64, TrainingError> {
    Ok(without_weights(model, shape)?.num_params() as u64)
}

/// What a model takes to run over the longest sequence that a task has, a step of it on average.
///
/// # Errors
/// [`TrainingError::Architecture`].
pub fn sizes(model: &ModelConfig, shape: &TaskShape) -> Result<Sizes, TrainingError> {
    let model = without_weights(model, shape)?;
    let steps = shape.max_steps.max(1);
    let answers = if shape.answers == Answers::Sequence { 1 } else { steps };
    let cost = model.cost(steps, answers);
    Ok(Sizes { state: cost.state, multiply_adds: cost.multiply_adds.div_ceil(steps as u64) })
}

/// What of the model of a configuration begins anew although it names weights: nothing of one that
/// names none.
///
/// # Errors
/// As [`with_start`]; those of building the model.
pub fn begin_anew(config: &ModelConfig, shape: &TaskShape) -> Result<Vec<String>, TrainingError> {
    let Some(start) = &config.weights else { return Ok(Vec::new()) };
    let model = without_weights(config, shape)?;
    let tensors = read(start)?;
    Ok(model.would_take(&tensors).map_err(|error| unfit(start, error.to_string()))?.left)
}

/// The model of a configuration with shapes and no numbers, which takes no memory.
fn without_weights(config: &ModelConfig, shape: &TaskShape) -> Result<Model, TrainingError> {
    let device = Device::flex();
    build_model(config, shape, &mut Initializer::shapes(&device))
}

/// The model that the replicate of this seed starts with, on `device`.
///
/// # Errors
/// [`TrainingError::Architecture`], [`TrainingError::Weights`].
pub(crate) fn initial_model(
    config: &RunConfig,
    seed: u64,
    shape: &TaskShape,
    device: &Device,
) -> Result<Model, TrainingError> {
    let seed = config.seeding.initialisation.seed(seed);
    let mut stream = randomness::stream(seed, "initialisation", 0, 0);
    let mut uniform = || randomness::unit(&mut stream);
    let mut init = Initializer::new(&mut uniform, device);
    let model = build_model(&config.model, shape, &mut init)?;
    with_start(model, &config.model)
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
    let model = Model::build(architecture, &spec, reads, pooling, outputs, options, init)?;
    Ok(model.with_dropout(config.dropout.unwrap_or(0.0) as f32))
}
