//! A recurrence whose transition lies in [0, 1] and does not depend on the state cannot count modulo
//! two (Grazzi et al. 2024, arXiv:2411.12537): minGRU and minLSTM stay at guessing beyond the lengths
//! that they were trained on, where a GRU and an sLSTM make no mistake.

mod configured;

use serde_json::json;
use store::{Goal, Keep, Reach, RunFolder};
use training::{Ending, Interrupter, Job, train};

use crate::configured::{configured, task};

/// Test accuracy on lengths 9 to 16 after training on lengths 1 to 8.
fn accuracy(architecture: &str, steps: u64) -> f64 {
    let of_task = json!({ "train_length": 8, "test_length": 16, "points": 0 });
    let of_training =
        json!({ "steps": steps, "evaluate_every": 100, "batch": 32, "learning_rate": 0.01 });
    let mut config = configured((architecture, &json!({})), ("parity", &of_task), &of_training);
    (config.task.metric, config.task.goal) = ("accuracy".into(), Goal::Maximize);
    (config.model.hidden, config.model.embedding) = (16, Some(4));
    let task = task(&config);
    let job = Job {
        config,
        seed: 0,
        task,
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
