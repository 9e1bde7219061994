//! What a model says about a held-out part, place by place.

use std::sync::Arc;

use architectures::Initializer;
use burn::tensor::Device;
use store::{Metrics, ModelConfig};
use tasks::{Asked, Targets, Task};
use weights::Tensors;

use crate::evaluation::{Rows, evaluate_each};
use crate::model::build_model;
use crate::trainable::StepRules;
use crate::{Trainable, TrainingError};

/// A model that is only asked.
pub struct Predictor {
    model: Trainable,
    task: Arc<dyn Task>,
    device: Device,
}

/// Predictions for the sequences of a batch.
#[derive(Debug, Clone)]
pub struct Predictions {
    /// What the model said, `[rows, outputs]`, row-major.
    pub outputs: Vec<f32>,
    /// What it should have said, as many rows.
    pub targets: Targets,
    /// The sequence of the part, from 0, that each row belongs to.
    pub sequences: Vec<usize>,
    /// The step of that sequence, from 0; `None` where a sequence is asked about as a whole.
    pub steps: Option<Vec<usize>>,
}

impl Predictor {
    /// The model of a configuration with these weights, on `device`.
    ///
    /// # Errors
    /// [`TrainingError::Architecture`]; [`TrainingError::Weights`] if they are not those of the
    /// model, or lack some.
    pub fn new(
        config: &ModelConfig,
        task: Arc<dyn Task>,
        weights: &Tensors,
        device: Device,
    ) -> Result<Self, TrainingError> {
        let mut zero = || 0.0;
        let mut init = Initializer::new(&mut zero, &device);
        let unfit = |reason: String| TrainingError::Weights { file: "of the run".into(), reason };
        let model = build_model(config, &task.shape(), &mut init)?;
        let (model, taken) =
            model.with_weights(weights).map_err(|error| unfit(error.to_string()))?;
        if !taken.left.is_empty() {
            return Err(unfit(format!("{} are missing", taken.left.join(", "))));
        }
        let rules = StepRules::default();
        Ok(Self { model: Trainable::new(model, rules), task, device })
    }

    /// Hands the predictions for a part over, batch by batch, and gives the scores of all.
    ///
    /// # Errors
    /// The first that `take` gives.
    pub fn predict<E>(
        &self,
        part: usize,
        mut take: impl FnMut(Predictions) -> Result<(), E>,
    ) -> Result<Metrics, E> {
        evaluate_each(&self.model, &self.task, part, &self.device, |rows, report| {
            let Rows { first, steps, asked } = rows;
            let sequences = report.answers.sequences.iter();
            take(Predictions {
                sequences: sequences.map(|&row| first + row as usize).collect(),
                steps: match asked {
                    Asked::Sequences => None,
                    Asked::Steps(at) => Some(at.iter().map(|&at| at as usize % steps).collect()),
                },
                targets: report.answers.targets,
                outputs: report.outputs,
            })
        })
    }
}
