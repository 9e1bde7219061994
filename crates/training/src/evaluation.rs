//! A model's scores on a held-out part.

use std::convert::Infallible;
use std::sync::Arc;

use architectures::Carried;
use burn::tensor::Device;
use burn_train::InferenceStep as _;
use store::Metrics;
use tasks::{Asked, Scores, Task};

use crate::ahead::Ahead;
use crate::trainable::StepReport;
use crate::{Item, Trainable};

/// All metrics of the task over part `part`, exact whatever the size of the batches. `model`
/// is on `device`, without autodiff.
pub fn evaluate(model: &Trainable, task: &Arc<dyn Task>, part: usize, device: &Device) -> Metrics {
    let Ok(scores) = evaluate_each(model, task, part, device, |_, _| Ok::<_, Infallible>(()));
    scores
}

/// Which places of a part the rows of a batch are.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The part's first sequence in the batch.
    pub first: usize,
    /// Steps of the padded batch.
    pub steps: usize,
    /// The places.
    pub asked: Asked,
}

/// The same, and `take` is given what the model says of each batch.
///
/// # Errors
/// The first that `take` gives.
pub(crate) fn evaluate_each<E>(
    model: &Trainable,
    task: &Arc<dyn Task>,
    part: usize,
    device: &Device,
    mut take: impl FnMut(Rows, StepReport) -> Result<(), E>,
) -> Result<Metrics, E> {
    let size = task.evaluation_size();
    let batches = task.parts()[part].sequences.div_ceil(size) as u64;
    let mut scores = Scores::new(&task.metrics(), &task.setting());
    let mut carried = task.shape().carried.then(Carried::default);
    let make =
        move |task: &dyn Task, number| task.evaluation_batch(part, number as usize * size, size);
    let mut first = 0;
    for batch in Ahead::new(task.clone(), 0..batches, make) {
        let rows = Rows { first, steps: batch.steps, asked: batch.asked.clone() };
        first += batch.size;
        let mut report = model.step(Item::new(batch, carried, device));
        scores.add(&report.scored());
        carried = report.carried.take();
        take(rows, report)?;
    }
    Ok(scores.values())
}
