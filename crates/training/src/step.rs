//! One step of training.

use burn_train::Learner;

use crate::{Item, StepReport, Trainable};

/// Takes one optimizer step on `batch`: loss, gradients, clipping, learning rate, update.
/// A loss that is not finite changes nothing.
pub fn take_step(learner: &mut Learner<Trainable>, batch: Item) -> StepReport {
    let output = learner.train_step(batch);
    if output.item.loss.is_finite() {
        learner.lr_step();
        learner.optimizer_step(output.grads);
    }
    output.item
}
