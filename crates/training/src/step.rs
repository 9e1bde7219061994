//! One step of training.

use burn::optim::{GradientsAccumulator, GradientsParams};
use burn_train::Learner;

use crate::clipping::{clip_global_norm, clip_values, scale};
use crate::{Item, StepReport, Trainable};

/// One optimizer step on some batches: loss and gradients of each, then clipping, learning rate and
/// update. Dropped without being taken, as where a loss is not finite, it changes nothing.
#[derive(Default)]
pub struct Step {
    gradients: Option<GradientsParams>,
    batches: u32,
}

impl Step {
    /// The loss and the gradients of one more batch.
    pub fn add(&mut self, learner: &Learner<Trainable>, batch: Item) -> StepReport {
        let output = learner.train_step(batch);
        self.batches += 1;
        self.gradients = Some(match self.gradients.take() {
            None => output.grads,
            Some(before) => {
                let mut sum = GradientsAccumulator::new();
                let model = learner.model();
                sum.accumulate(&model, before);
                sum.accumulate(&model, output.grads);
                sum.grads()
            }
        });
        output.item
    }

    /// Updates the weights by the mean of the gradients.
    pub fn take(self, learner: &mut Learner<Trainable>) {
        let Some(mut gradients) = self.gradients else { return };
        let model = learner.model();
        if self.batches > 1 {
            scale(&model, &mut gradients, 1.0 / f64::from(self.batches));
        }
        if model.rules.clip_value > 0.0 {
            clip_values(&model, &mut gradients, model.rules.clip_value);
        }
        if model.rules.clip_norm > 0.0 {
            clip_global_norm(&model, &mut gradients, model.rules.clip_norm);
        }
        drop(model);
        learner.lr_step();
        learner.optimizer_step(gradients);
    }
}
