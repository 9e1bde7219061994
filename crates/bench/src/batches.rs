//! The suite `batches`: what making a batch costs beside a training step on it.

use std::hint::black_box;
use std::sync::Arc;

use store::{ModelConfig, Pooling};
use tasks::{Context, TASKS, Task};
use training::build_model;

use crate::contest::{Contestant, Times, contest};
use crate::ours::Work;
use crate::session::{Session, milliseconds, ratio};
use crate::table::{Column, Value};
use crate::upstream::device;
use crate::{BenchError, numbers, ours};

/// The model of the step.
const ARCHITECTURE: &str = "gru";
const HIDDEN: usize = 64;
const BATCH: usize = 32;

const COLUMNS: &[Column] = &[
    ("task", 20),
    ("steps", 0),
    ("threads", 0),
    ("batch ms", 9),
    ("step ms", 8),
    ("batch / step", 0),
];

/// Measures and prints the table.
pub(crate) fn run(session: &mut Session) -> Result<(), BenchError> {
    let title = "making a batch of 32 sequences of every task with its default options, beside the \
                 training step of a GRU, hidden 64, on it; medians. Batches are made ahead on a \
                 thread of their own";
    session.printer.table("batches", title, COLUMNS)?;
    session.progress.begin(TASKS.len() * session.lanes.len());
    let mut notes = Vec::new();
    for entry in TASKS {
        let context = Context { datasets: &session.options.datasets };
        let task: Arc<dyn Task> = match entry.make(&schema::Options::new(), &context) {
            Ok(task) => Arc::from(task),
            Err(error) => {
                notes.push(format!("without {}: {error}", entry.name));
                continue;
            }
        };
        for index in 0..session.lanes.len() {
            let lane = &session.lanes[index];
            let threads = lane.threads;
            let what = format!("{}, threads {threads}", entry.name);
            session.progress.next(&what)?;
            let made = Contestant::Ready(Box::new(lane.local(making(Arc::clone(&task)))));
            let taken = match step(&*task) {
                Ok(work) => Contestant::Ready(Box::new(lane.local(work))),
                Err(error) => Contestant::Broken(error.to_string()),
            };
            let mut times = contest(vec![made, taken], session.options.repetitions).into_iter();
            let mut next = || times.next().unwrap_or(Times::Absent);
            let (made, taken) = (next(), next());
            let row = [
                Value::Text(entry.name.into()),
                Value::Count(task.training_batch(0, 0, BATCH).steps),
                Value::Count(threads),
                milliseconds(&made),
                milliseconds(&taken),
                ratio(made.median(), taken.median()),
            ];
            session.row(&what, &row, &[("making", &made), ("step", &taken)])?;
        }
    }
    session.notes(notes)
}

/// One batch after another.
fn making(task: Arc<dyn Task>) -> Work {
    let mut step = 0;
    Box::new(move || {
        black_box(task.training_batch(0, step, BATCH));
        step += 1;
    })
}

/// The training step on the first batch.
fn step(task: &dyn Task) -> Result<Work, BenchError> {
    let device = device(true);
    let config = ModelConfig {
        architecture: ARCHITECTURE.into(),
        hidden: HIDDEN,
        embedding: None,
        pooling: Pooling::Last,
        dropout: None,
        weights: None,
        options: ours::options(ARCHITECTURE),
    };
    let shape = task.shape();
    let model = numbers::with_weights(&device, |init| build_model(&config, &shape, init))
        .map_err(|error| BenchError::Model(error.to_string()))?;
    let mut step = ours::training_step(model, task.training_batch(0, 0, BATCH), &device);
    Ok(Box::new(move || _ = black_box(step())))
}
