//! A recurrence whose transition lies in [0, 1] and does not depend on the state cannot count modulo
//! two (Grazzi et al. 2024, arXiv:2411.12537): minGRU and minLSTM stay at guessing beyond the lengths
//! that they were trained on, where a GRU and an sLSTM make no mistake.

use std::path::Path;
use std::sync::Arc;

use schema::Options;
use serde_json::{Value, json};
use store::{Goal, Keep, ModelConfig, Reach, RunConfig, RunFolder, TaskConfig};
use training::{Ending, Interrupter, Job, TRAIN_KEYS, train};

/// Test accuracy on lengths 9 to 16 after training on lengths 1 to 8.
fn accuracy(architecture: &str, steps: u64) -> f64 {
    let options = |keys, changes: Value| {
        let mut options: Options = schema::defaults(keys);
        options.extend(changes.as_object().unwrap().clone());
        options
    };
    let of_task = json!({ "train_length": 8, "test_length": 16, "points": 0 });
    let of_training =
        json!({ "steps": steps, "evaluate_every": 100, "batch": 32, "learning_rate": 0.01 });
    let config = RunConfig {
        format: RunConfig::FORMAT,
        backend: "flex".into(),
        task: TaskConfig {
            kind: "parity".into(),
            metric: "accuracy".into(),
            goal: Goal::Maximize,
            options: options(tasks::find("parity").unwrap().keys, of_task),
        },
        model: ModelConfig {
            architecture: architecture.into(),
            hidden: 16,
            embedding: Some(4),
            pooling: store::Pooling::Last,
            dropout: None,
            weights: None,
            options: schema::defaults(architectures::find(architecture).unwrap().keys),
        },
        train: options(TRAIN_KEYS, of_training),
        seeding: store::Seeding::default(),
    };
    let context = tasks::Context { datasets: Path::new("datasets") };
    let task = tasks::build("parity", &config.task.options, &context).unwrap();
    let job = Job {
        config,
        seed: 0,
        task: Arc::from(task),
        checkpoint_every: Job::CHECKPOINT_EVERY,
        keep: Keep::None,
        probes: Some(0),
    };
    let place = tempfile::tempdir().unwrap();
    let folder = RunFolder::new(place.path());
    match train(&job, &folder, &Interrupter::new(), Reach::End).unwrap() {
        Ending::Finished(result) => result.best.unwrap().test["accuracy"],
        Ending::Stopped(_) => panic!("stopped"),
    }
}

#[test]
fn minimal_units_cannot_learn_parity() {
    for architecture in ["gru", "slstm"] {
        let reached = accuracy(architecture, 600);
        assert!(reached > 0.99, "{architecture}: {reached}");
    }
    for architecture in ["min_gru", "min_lstm"] {
        let reached = accuracy(architecture, 1500);
        assert!(reached < 0.6, "{architecture}: {reached}");
    }
}
