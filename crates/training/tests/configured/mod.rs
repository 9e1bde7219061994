//! Configurations of small runs.

use std::path::Path;
use std::sync::Arc;

use schema::{Key, Options};
use serde_json::Value;
use store::{Goal, ModelConfig, RunConfig, TaskConfig};
use tasks::Task;
use training::TRAIN_KEYS;

/// The defaults of a table, with changes.
fn changed(keys: &[Key], changes: &Value) -> Options {
    let mut options = schema::defaults(keys);
    options.extend(changes.as_object().unwrap().clone());
    options
}

/// An architecture and a task by name, with changes of their options and of `[train]`.
pub fn configured(
    (architecture, of_model): (&str, &Value),
    (task, of_task): (&str, &Value),
    of_training: &Value,
) -> RunConfig {
    RunConfig {
        format: RunConfig::FORMAT,
        backend: "flex".into(),
        task: TaskConfig {
            kind: task.into(),
            metric: "loss".into(),
            goal: Goal::Minimize,
            options: changed(tasks::find(task).unwrap().keys, of_task),
        },
        model: ModelConfig {
            architecture: architecture.into(),
            hidden: 8,
            embedding: None,
            pooling: store::Pooling::Last,
            dropout: None,
            weights: None,
            options: changed(architectures::find(architecture).unwrap().keys, of_model),
        },
        train: changed(TRAIN_KEYS, of_training),
        seeding: store::Seeding::default(),
    }
}

/// The task of a configuration; data sets are those that are shipped.
pub fn task(config: &RunConfig) -> Arc<dyn Task> {
    let datasets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../datasets");
    let context = tasks::Context { datasets: &datasets };
    Arc::from(tasks::build(&config.task.kind, &config.task.options, &context).unwrap())
}
