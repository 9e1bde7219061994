//! A model's scores on a held-out part.

use std::sync::Arc;

use architectures::Carried;
use burn::tensor::Device;
use burn_train::InferenceStep as _;
use store::Metrics;
use tasks::{Scores, Task};

use crate::ahead::Ahead;
use crate::{Item, Trainable};

/// All metrics of the task over part `part`, exact whatever the size of the batches. `model`
/// is on `device`, without autodiff.
pub fn evaluate(model: &Trainable, task: &Arc<dyn Task>, part: usize, device: &Device) -> Metrics {
    let size = task.evaluation_size();
    let batches = task.parts()[part].sequences.div_ceil(size) as u64;
    let mut scores = Scores::new(&task.metrics(), &task.setting());
    let mut carried = task.shape().carried.then(Carried::default);
    let make =
        move |task: &dyn Task, number| task.evaluation_batch(part, number as usize * size, size);
    for batch in Ahead::new(task.clone(), 0..batches, make) {
        let report = model.step(Item::new(batch, carried, device));
        scores.add(&report.scored());
        carried = report.carried;
    }
    scores.values()
}
