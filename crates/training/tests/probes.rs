//! Looking inside a model: what is seen is what theory says, and nothing of the training changes.

mod configured;

use std::path::Path;

use serde_json::{Value, json};
use store::{EventKind, Keep, Reach, Reading, RunConfig, RunFolder};
use tasks::VALIDATION;
use training::{Ending, Interrupter, Job, Predictor, probe_start, train};

use crate::configured::{configured, task};

fn config(architecture: &str, changes: &Value, task: &str, of_task: &Value) -> RunConfig {
    let of_training =
        json!({ "steps": 30, "evaluate_every": 10, "batch": 5, "learning_rate": 0.01 });
    configured((architecture, changes), (task, of_task), &of_training)
}

fn adding() -> Value {
    json!({ "length": 20, "validation_size": 30, "test_size": 40 })
}

fn run(config: &RunConfig, folder: &Path, probes: u64) -> Box<store::RunResult> {
    let job = Job {
        config: config.clone(),
        seed: 3,
        task: task(config),
        checkpoint_every: Job::CHECKPOINT_EVERY,
        keep: Keep::Both,
        probes: Some(probes),
    };
    match train(&job, &RunFolder::new(folder), &Interrupter::new(), Reach::End).unwrap() {
        Ending::Finished(result) => result,
        Ending::Stopped(_) => panic!("stopped"),
    }
}

fn find<'a>(readings: &'a [Reading], kind: &str, of: &str) -> &'a Reading {
    let found = readings.iter().find(|it| it.kind == kind && it.of == of);
    found.unwrap_or_else(|| panic!("no {kind} of {of} in {readings:?}"))
}

#[test]
fn a_run_that_is_looked_into_ends_with_the_same_bits() {
    for architecture in ["gru", "rnn_transformer"] {
        let config = config(architecture, &json!({}), "adding", &adding());
        let place = tempfile::tempdir().unwrap();
        let [blind, seen] = ["blind", "seen"].map(|name| place.path().join(name));
        let (first, second) = (run(&config, &blind, 0), run(&config, &seen, 3));
        // The files of both weights have the same digests.
        assert_eq!((&first.last, &first.weights), (&second.last, &second.weights));
        let steps = |folder: &Path| -> Vec<u64> {
            let events = RunFolder::new(folder).events().unwrap();
            let step = |event: store::Event| match event.kind {
                EventKind::Probed { step, .. } => Some(step),
                _ => None,
            };
            events.into_iter().filter_map(step).collect()
        };
        assert_eq!(steps(&blind), Vec::<u64>::new());
        assert_eq!(steps(&seen), [0, 10, 30]);
    }
}

/// The loss is the mean squared error, so the gradient by the last hidden state of a sequence is
/// 2 (y − t) w, w the head's weights.
#[test]
fn the_gradient_at_lag_0_is_that_of_the_head() {
    let mut config = config("lstm", &json!({}), "adding", &adding());
    config.train.insert("learning_rate".into(), json!(0.0));
    let place = tempfile::tempdir().unwrap();
    let result = run(&config, place.path(), 0);
    let task = task(&config);
    let readings = probe_start(&config, &task, 3).unwrap();
    let folder = RunFolder::new(place.path());
    let kept = folder.kept_weights(&result, store::ReadAt::Final).unwrap().unwrap();
    let kept = weights::of_safetensors(&kept).unwrap().tensors;
    let norm = |values: &[f32]| values.iter().map(|it| f64::from(*it).powi(2)).sum::<f64>().sqrt();
    let head = norm(&kept["head.weight"].values);
    let device = training::device("flex").unwrap();
    let predictor = Predictor::new(&config.model, task, &kept, device).unwrap();
    let mut errors = Vec::new();
    let scores = predictor.predict(VALIDATION, |it| {
        let tasks::Targets::Values(answers) = &it.targets else { panic!("values") };
        errors.extend(it.outputs.iter().zip(answers).map(|(y, t)| f64::from((y - t).abs())));
        Ok::<_, ()>(())
    });
    scores.unwrap();
    // As many sequences as a batch has.
    let expected = errors[..5].iter().map(|error| 2.0 * error * head).sum::<f64>() / 5.0;
    let by_lag = find(&readings, Reading::GRADIENT_BY_LAG, "layer 1");
    let near = by_lag.values[0];
    assert!((near - expected).abs() < 1e-4 * expected, "{near}, not {expected}");
    assert_eq!((by_lag.at[0], by_lag.at.last()), (0.0, Some(&19.0)));
    let bound = find(&readings, Reading::SPECTRAL_RADIUS, "layer 1").values[0];
    assert!((0.1..1.5).contains(&bound), "{bound}");
}

#[test]
fn an_identity_network_keeps_its_gradient_and_a_small_one_loses_it() {
    let kept = |changes: Value| {
        let config = config("vanilla", &changes, "adding", &adding());
        let readings = probe_start(&config, &task(&config), 1).unwrap();
        let by_lag = find(&readings, Reading::GRADIENT_BY_LAG, "layer 1");
        by_lag.values[by_lag.values.len() - 1] / by_lag.values[0]
    };
    let irnn = kept(json!({ "activation": "relu", "recurrent_init": "identity" }));
    let half = kept(json!({ "spectral_radius": 0.5 }));
    assert!(irnn > 0.05, "{irnn}");
    assert!(half < 1e-4, "{half}");
}

#[test]
fn gates_that_are_pushed_open_are_seen_as_saturated() {
    let config = config("lstm", &json!({ "forget_bias": 8.0 }), "adding", &adding());
    let readings = probe_start(&config, &task(&config), 1).unwrap();
    let share = |gate: &str| find(&readings, Reading::SATURATED, &format!("layer 1 {gate}"));
    assert_eq!(share("f").values, [0.0, 1.0]);
    assert!(share("i").values.iter().sum::<f64>() < 0.1);
}

/// Streams, marked steps, tokens, every direction and every kind of answer: something is seen of
/// each part that has weights.
#[test]
fn every_kind_of_task_and_architecture_is_looked_into() {
    let cases = [
        ("bidirectional", json!({ "layers": 2 }), "japanese_vowels", json!({})),
        ("stacked", json!({ "connections": "dense" }), "parity", json!({})),
        ("gru", json!({}), "selective_copying", json!({})),
        ("cnn_rnn", json!({ "pool": 2 }), "adding", adding()),
        ("transformer", json!({}), "adding", adding()),
        ("lstm", json!({ "full_gate_recurrence": true }), "adding", adding()),
        ("lstm", json!({ "normalize": "layer" }), "adding", adding()),
    ];
    for (architecture, changes, name, of_task) in cases {
        let config = config(architecture, &changes, name, &of_task);
        let readings = probe_start(&config, &task(&config), 0).unwrap();
        assert!(readings.iter().all(Reading::is_finite), "{readings:?}");
        let of = |kind: &str| -> Vec<_> {
            readings.iter().filter(|it| it.kind == kind).map(|it| it.of.as_str()).collect()
        };
        let layers = of(Reading::GRADIENT_BY_LAG);
        let expected: &[&str] = match architecture {
            "bidirectional" => &["layer 1", "layer 1 backward", "layer 2", "layer 2 backward"],
            "stacked" => &["layer 1", "layer 2"],
            "transformer" => &[],
            _ => &["layer 1"],
        };
        assert_eq!(layers, expected, "{architecture}");
        let norms = of(Reading::GRADIENT_NORM);
        assert!(expected.iter().all(|layer| norms.contains(layer)), "{architecture}: {norms:?}");
        assert!(norms.contains(&"head"), "{architecture}: {norms:?}");
        for reading in readings.iter().filter(|it| it.kind == Reading::GRADIENT_BY_LAG) {
            assert!(reading.values[0] > 0.0, "{architecture} on {name}: {reading:?}");
        }
    }
}
