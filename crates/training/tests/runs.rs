//! Whole runs in a folder: results, resuming, diverging and damaged checkpoints.

use std::path::Path;
use std::sync::Arc;

use schema::Options;
use serde_json::json;
use store::{
    EventKind, Goal, Keep, ModelConfig, Outcome, Reach, ReadAt, RunConfig, RunFolder, RunResult,
    TaskConfig,
};
use tasks::{Batch, Metric, Part, Task, TaskFacts, TaskShape};
use training::{Ending, Interrupter, Job, Predictor, TRAIN_KEYS, TrainingError, train};

/// A task that asks `interrupter` to stop when the batch of step `at` is drawn.
struct StopAt {
    task: Arc<dyn Task>,
    at: Option<u64>,
    interrupter: Interrupter,
}

impl Task for StopAt {
    fn shape(&self) -> TaskShape {
        self.task.shape()
    }

    fn facts(&self) -> TaskFacts {
        self.task.facts()
    }

    fn training_batch(&self, seed: u64, step: u64, size: usize) -> Batch {
        if self.at == Some(step) {
            self.interrupter.stop(None);
        }
        self.task.training_batch(seed, step, size)
    }

    fn metrics(&self) -> Vec<&'static Metric> {
        self.task.metrics()
    }

    fn parts(&self) -> &[Part] {
        self.task.parts()
    }

    fn evaluation_batch(&self, part: usize, start: usize, size: usize) -> Batch {
        self.task.evaluation_batch(part, start, size)
    }
}

fn config(architecture: &str, learning_rate: f64) -> RunConfig {
    let mut train = schema::defaults(TRAIN_KEYS);
    train.extend(
        [
            ("steps", json!(25)),
            ("evaluate_every", json!(10)),
            ("batch", json!(5)),
            ("learning_rate", json!(learning_rate)),
            ("clip_norm", json!(0.5)),
        ]
        .map(|(key, value)| (key.to_owned(), value)),
    );
    let entry = architectures::find(architecture).unwrap();
    RunConfig {
        format: RunConfig::FORMAT,
        backend: "flex".into(),
        task: TaskConfig {
            kind: "adding".into(),
            metric: "loss".into(),
            goal: Goal::Minimize,
            options: Options::from_iter(
                [("length", 6), ("validation_size", 30), ("test_size", 40)]
                    .map(|(key, value)| (key.to_owned(), json!(value))),
            ),
        },
        model: ModelConfig {
            architecture: architecture.into(),
            hidden: 8,
            embedding: None,
            pooling: store::Pooling::Last,
            dropout: None,
            weights: None,
            options: schema::defaults(entry.keys),
        },
        train,
        seeding: store::Seeding::default(),
    }
}

fn run(config: &RunConfig, folder: &Path, stop_at: Option<u64>) -> Result<Ending, TrainingError> {
    run_to(config, folder, stop_at, Reach::End)
}

fn run_to(
    config: &RunConfig,
    folder: &Path,
    stop_at: Option<u64>,
    reach: Reach,
) -> Result<Ending, TrainingError> {
    let context = tasks::Context { datasets: Path::new("datasets") };
    let task = tasks::build(&config.task.kind, &config.task.options, &context)?;
    let interrupter = Interrupter::new();
    let task = StopAt { task: Arc::from(task), at: stop_at, interrupter: interrupter.clone() };
    let checkpoint_every = Job::CHECKPOINT_EVERY;
    let job = Job {
        config: config.clone(),
        seed: 3,
        task: Arc::new(task),
        checkpoint_every,
        keep: Keep::Both,
        probes: None,
    };
    train(&job, &RunFolder::new(folder), &interrupter, reach)
}

/// The result without times, which are never the same.
fn scores(ending: Result<Ending, TrainingError>) -> RunResult {
    match ending.unwrap() {
        Ending::Finished(result) => RunResult { train_seconds: 0.0, total_seconds: 0.0, ..*result },
        Ending::Stopped(step) => panic!("stopped after {step} steps"),
    }
}

/// Of a result, which `scores` compares with the files' digests in it: the best and the last
/// weights are there, are those that were scored, and say whose they are.
#[test]
fn weights_are_kept_as_the_result_says() {
    let place = tempfile::tempdir().unwrap();
    let config = config("gru", 0.01);
    let result = scores(run(&config, place.path(), None));
    let folder = RunFolder::new(place.path());
    let context = tasks::Context { datasets: Path::new("datasets") };
    let task = tasks::build(&config.task.kind, &config.task.options, &context).unwrap();
    let task: Arc<dyn Task> = Arc::from(task);
    for (at, word) in [(ReadAt::Best, "best"), (ReadAt::Final, "last")] {
        let bytes = folder.kept_weights(&result, at).unwrap().unwrap();
        let kept = weights::of_safetensors(&bytes).unwrap();
        let about: serde_json::Value = serde_json::from_str(&kept.about.unwrap()).unwrap();
        assert_eq!(
            (&about["identity"], &about["weights"]),
            (&json!(config.identity()), &json!(word))
        );
        let device = training::device("flex").unwrap();
        let predictor = Predictor::new(&config.model, task.clone(), &kept.tensors, device).unwrap();
        let mut rows = 0;
        let scores = predictor.predict(tasks::TEST, |predictions| {
            rows += predictions.outputs.len();
            Ok::<_, ()>(())
        });
        assert_eq!(&scores.unwrap(), &result.score(at).unwrap().test);
        assert_eq!(rows, 40);
    }
    // A file that is not as it was written is named, and not used.
    let path = place.path().join(ReadAt::Best.file());
    std::fs::write(&path, "torn").unwrap();
    let damaged = folder.kept_weights(&result, ReadAt::Best).unwrap_err();
    assert!(matches!(damaged, store::StoreError::Damaged { .. }), "{damaged}");
}

#[test]
fn a_stopped_run_goes_on_to_the_same_bits() {
    for architecture in ["lstm", "rnn_transformer", "stacked"] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(architecture, 0.01);
        if architecture == "stacked" {
            // What dropout takes depends on the step alone.
            config.model.dropout = Some(0.2);
            config.model.options.insert("dropout".to_owned(), json!(0.3));
        }
        let whole = folder.path().join("whole");
        let uninterrupted = scores(run(&config, &whole, None));
        assert_eq!(uninterrupted.steps, 25);
        assert_eq!(uninterrupted.outcome, Outcome::Completed);

        let parts = folder.path().join("parts");
        // Within the first epoch nothing is saved; within the third, two epochs are.
        assert_eq!(run(&config, &parts, Some(4)).unwrap(), Ending::Stopped(0));
        assert_eq!(run(&config, &parts, Some(13)).unwrap(), Ending::Stopped(10));
        assert_eq!(run(&config, &parts, Some(24)).unwrap(), Ending::Stopped(20));
        let resumed = scores(run(&config, &parts, None));
        assert_eq!(resumed, uninterrupted);
        assert!(!parts.join("checkpoint").exists(), "a finished run needs no checkpoint");

        let curve = |folder: &Path| {
            let events = RunFolder::new(folder).events().unwrap();
            let curve = store::journal::evaluations(&events).into_iter().map(|event| {
                match event.kind.clone() {
                    EventKind::Evaluated { epoch, step, training, validation, .. } => {
                        (epoch, step, training, validation)
                    }
                    other => panic!("not an evaluation: {other:?}"),
                }
            });
            curve.collect::<Vec<_>>()
        };
        assert_eq!(curve(&whole), curve(&parts));
        assert_eq!(curve(&whole).len(), 3);
    }
}

/// Ways to train, each with the batches of one step.
fn ways() -> [(&'static str, serde_json::Value, u64); 4] {
    [
        (
            "sgd",
            json!({ "momentum": 0.8, "nesterov": true, "weight_decay": 0.01,
                    "schedule": { "kind": "cosine", "warm_up": 6 } }),
            1,
        ),
        (
            "rmsprop",
            json!({ "momentum": 0.5, "accumulate": 2, "clip_value": 0.1,
                    "schedule": { "kind": "plateau", "patience": 0, "factor": 0.25 } }),
            2,
        ),
        (
            "adamw",
            json!({ "weight_decay": 0.1, "decay_biases": false,
                    "schedule": { "kind": "exponential", "every": 4, "factor": 0.7 } }),
            1,
        ),
        ("adam", json!({ "accumulate": 3, "weight_noise": 0.1 }), 3),
    ]
}

#[test]
fn a_run_that_is_stopped_goes_on_to_the_same_bits_however_it_is_trained() {
    let mut losses = Vec::new();
    for (optimizer, options, batches) in ways() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config("lstm", 0.02);
        config.train.insert("optimizer".into(), json!(optimizer));
        config.train.extend(options.as_object().unwrap().clone());
        let uninterrupted = scores(run(&config, &folder.path().join("whole"), None));
        let parts = folder.path().join("parts");
        assert_eq!(run(&config, &parts, Some(13 * batches)).unwrap(), Ending::Stopped(10));
        assert_eq!(run(&config, &parts, Some(24 * batches)).unwrap(), Ending::Stopped(20));
        assert_eq!(scores(run(&config, &parts, None)), uninterrupted, "{optimizer}");
        losses.push(uninterrupted.last.unwrap().test);
    }
    // Not one of the options is without effect.
    for (index, (optimizer, options, _)) in ways().into_iter().enumerate() {
        for left_out in options.as_object().unwrap().keys() {
            let folder = tempfile::tempdir().unwrap();
            let mut config = config("lstm", 0.02);
            config.train.insert("optimizer".into(), json!(optimizer));
            config.train.extend(options.as_object().unwrap().clone());
            config.train.remove(left_out);
            let without = scores(run(&config, folder.path(), None)).last.unwrap();
            assert_ne!(without.test, losses[index], "{optimizer} without {left_out}");
        }
    }
}

/// A step on the mean of eight gradients is about as long as one on a single gradient; on their
/// sum it would be about eight times as long.
#[test]
fn accumulated_gradients_are_averaged() {
    let loss = |accumulate: u64, rate: f64| {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config("lstm", rate);
        for (key, value) in [
            ("optimizer", json!("sgd")),
            ("accumulate", json!(accumulate)),
            ("clip_norm", json!(0.0)),
            ("steps", json!(4)),
        ] {
            config.train.insert(key.into(), value);
        }
        scores(run(&config, folder.path(), None)).last.unwrap().test["loss"]
    };
    let [one, eight, untrained] = [loss(1, 0.1), loss(8, 0.1), loss(1, 0.0)];
    let moved = |loss: f64| (untrained - loss).abs();
    assert!((0.4..2.5).contains(&(moved(eight) / moved(one))), "{one} {eight} {untrained}");
}

#[test]
fn a_run_that_is_stopped_in_the_middle_of_a_text_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let words: Vec<_> = (0..900).map(|number| (number * number % 97).to_string()).collect();
    let text = words.join(" ");
    std::fs::write(folder.path().join("squares.txt"), text).unwrap();
    for architecture in ["lstm", "stacked", "rnn_transformer"] {
        let with_carry = |carry: bool| {
            let mut config = config(architecture, 0.01);
            config.task.kind = "text".into();
            config.task.metric = "bits_per_character".into();
            config.task.options = Options::from_iter(
                [
                    ("path", json!(folder.path().join("squares.txt").to_str().unwrap())),
                    ("steps", json!(11)),
                    ("carry", json!(carry)),
                    ("validation", json!(0.1)),
                    ("test", json!(0.2)),
                ]
                .map(|(key, value)| (key.to_owned(), value)),
            );
            config
        };
        let config = with_carry(true);
        let at = |name: &str| folder.path().join(format!("{architecture}-{name}"));
        let uninterrupted = scores(run(&config, &at("whole"), None));
        // Twelve steps of five rows go round the text several times before step 25.
        assert_eq!(run(&config, &at("parts"), Some(13)).unwrap(), Ending::Stopped(10));
        let set = RunFolder::new(at("parts")).checkpoint_sets().unwrap().remove(0);
        assert!(set.join("carried.f32").exists(), "the state is part of the checkpoint");
        assert_eq!(run(&config, &at("parts"), Some(24)).unwrap(), Ending::Stopped(20));
        assert_eq!(scores(run(&config, &at("parts"), None)), uninterrupted);
        let alone = scores(run(&with_carry(false), &at("alone"), None));
        assert_ne!(alone.last.unwrap().test, uninterrupted.last.unwrap().test, "{architecture}");

        // A state that is not as it was written is not gone on from.
        let damaged = at("damaged");
        run(&config, &damaged, Some(24)).unwrap();
        let newest = RunFolder::new(&damaged).checkpoint_sets().unwrap().remove(0);
        let mut bytes = std::fs::read(newest.join("carried.f32")).unwrap();
        bytes[5] ^= 4;
        std::fs::write(newest.join("carried.f32"), bytes).unwrap();
        let result = scores(run(&config, &damaged, None));
        let events = RunFolder::new(&damaged).events().unwrap();
        assert!(events.iter().any(|event| matches!(event.kind, EventKind::Damaged { .. })));
        assert_eq!(result.steps, 25);
    }
}

#[test]
fn a_run_that_waits_or_was_stopped_at_a_rung_goes_on_to_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let config = config("gru", 0.01);
    let uninterrupted = scores(run(&config, &folder.path().join("whole"), None));
    let path = folder.path().join("halved");
    let reach = |reach| run_to(&config, &path, None, reach);
    assert_eq!(reach(Reach::UpTo(10)).unwrap(), Ending::Stopped(10));
    assert_eq!(reach(Reach::UpTo(10)).unwrap(), Ending::Stopped(10), "it is there already");

    let stopped = scores(reach(Reach::StoppedAt(20)));
    assert_eq!((stopped.outcome, stopped.steps), (Outcome::StoppedAtRung { step: 20 }, 20));
    let last = stopped.last.unwrap();
    assert_eq!((last.epoch, last.step), (2, 20));
    let halved = RunFolder::new(&path);
    let at_rung = store::AtRung::Scored(last.validation["loss"]);
    assert_eq!(halved.at_rung(20, "loss").unwrap(), at_rung);
    assert!(last.test["loss"].is_finite() && last.test != last.validation);
    assert!(!halved.checkpoint_sets().unwrap().is_empty());

    halved.withdraw_result().unwrap();
    assert_eq!(scores(reach(Reach::End)), uninterrupted);
    assert!(!halved.checkpoint_path().exists());
}

#[test]
fn best_and_last_weights_are_both_scored() {
    let folder = tempfile::tempdir().unwrap();
    let result = scores(run(&config("gru", 0.01), folder.path(), None));
    let (best, last) = (result.best.unwrap(), result.last.unwrap());
    assert_eq!((last.epoch, last.step), (3, 25));
    assert!(best.validation["loss"] <= last.validation["loss"]);
    for score in [&best, &last] {
        assert_ne!(score.test, score.validation);
        assert!(score.test.contains_key("mean_absolute_error"));
    }
    let written = RunFolder::new(folder.path()).result().unwrap().unwrap();
    assert_eq!(written.best.unwrap(), best);
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_as_diverged() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config("vanilla", 1000.0);
    config.model.options.insert("activation".into(), json!("relu"));
    config.train.insert("clip_norm".into(), json!(0.0));
    config.train.insert("steps".into(), json!(2000));
    let result = scores(run(&config, folder.path(), None));
    let Outcome::Diverged { step } = result.outcome else { panic!("{:?}", result.outcome) };
    assert_eq!(result.steps, step);
    assert!(result.last.is_none());
    let events = RunFolder::new(folder.path()).events().unwrap();
    let last = &events.last().unwrap().kind;
    assert_eq!(*last, EventKind::Finished { outcome: result.outcome });
}

#[test]
fn the_parameters_of_a_model_larger_than_memory_are_counted() {
    let context = tasks::Context { datasets: Path::new("datasets") };
    let config = config("lstm", 0.01);
    let task = tasks::build(&config.task.kind, &config.task.options, &context).unwrap();
    for entry in architectures::ARCHITECTURES {
        let count = |hidden| {
            let options = schema::defaults(entry.keys);
            let architecture = entry.name.into();
            let model = ModelConfig {
                architecture,
                hidden,
                embedding: None,
                pooling: store::Pooling::Last,
                dropout: None,
                weights: None,
                options,
            };
            training::parameters(&model, &task.shape()).unwrap()
        };
        assert!(count(65_536) > count(64), "{}", entry.name);
    }
    let lstm = ModelConfig { hidden: 65_536, ..config.model };
    let (h, inputs) = (65_536, task.shape().input.width() as u64);
    let count = training::parameters(&lstm, &task.shape()).unwrap();
    assert_eq!(count, 4 * h * (inputs + h + 1) + h + 1);
}

fn best_and_last(ending: &Ending) -> (Option<store::Score>, Option<store::Score>) {
    match ending {
        Ending::Finished(result) => (result.best.clone(), result.last.clone()),
        Ending::Stopped(step) => panic!("stopped after step {step}"),
    }
}

/// As after an update of the program that gave the model other weights, or other names to them.
#[test]
fn a_checkpoint_with_the_weights_of_another_model_is_set_aside() {
    let config = config("lstm", 0.01);
    let [alone, of_another] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let undisturbed = run(&config, alone.path(), None).unwrap();
    let gru = self::config("gru", 0.01);
    let set = |folder: &Path| RunFolder::new(folder).checkpoint_sets().unwrap().remove(0);
    let place = tempfile::tempdir().unwrap();
    run(&gru, place.path(), Some(13)).unwrap();
    for record in ["model.bpk", "best.bpk"] {
        run(&config, of_another.path(), Some(13)).unwrap();
        let (from, to) = (set(place.path()), set(of_another.path()));
        std::fs::copy(from.join(record), to.join(record)).unwrap();
        // Of the format that had no checksums.
        let path = to.join("checkpoint.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut state: serde_json::Value = serde_json::from_str(&text).unwrap();
        state["format"] = json!(1);
        state["files"] = json!({});
        state.as_object_mut().unwrap().remove("checksum");
        std::fs::write(&path, state.to_string()).unwrap();
        let ended = run(&config, of_another.path(), None).unwrap();
        assert_eq!(best_and_last(&ended), best_and_last(&undisturbed), "{record}");
        let reason =
            format!("{record}: its weights are not those that the model of this version has");
        assert!(RunFolder::new(of_another.path()).events().unwrap().iter().any(|event| {
            matches!(&event.kind, EventKind::Damaged { reason: said, .. } if *said == reason)
        }));
        std::fs::remove_dir_all(of_another.path()).unwrap();
        std::fs::create_dir(of_another.path()).unwrap();
    }
}

#[test]
fn a_damaged_checkpoint_is_set_aside_and_costs_only_steps() {
    let config = config("lstm", 0.01);
    let [alone, damaged] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let undisturbed = run(&config, alone.path(), None).unwrap();
    run(&config, damaged.path(), Some(13)).unwrap();
    let folder = RunFolder::new(damaged.path());
    for set in folder.checkpoint_sets().unwrap() {
        let model = set.join("model.bpk");
        let mut bytes = std::fs::read(&model).unwrap();
        let at = bytes.len() / 2;
        bytes[at] ^= 1;
        std::fs::write(&model, bytes).unwrap();
    }
    let ended = run(&config, damaged.path(), None).unwrap();
    assert_eq!(best_and_last(&ended), best_and_last(&undisturbed));
    assert!(damaged.path().join("checkpoint-epoch-1.damaged-1/model.bpk").exists());
    assert!(folder.events().unwrap().iter().any(|event| {
        matches!(&event.kind, EventKind::Damaged { reason, .. } if reason.starts_with("model.bpk"))
    }));
}

#[test]
fn every_architecture_learns_something_on_the_adding_task() {
    for entry in architectures::ARCHITECTURES {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(entry.name, 0.01);
        config.train.insert("steps".into(), json!(60));
        let result = scores(run(&config, folder.path(), None));
        let first = RunFolder::new(folder.path()).events().unwrap();
        let first = store::journal::evaluations(&first)[0].kind.clone();
        let EventKind::Evaluated { validation, .. } = first else { panic!("{first:?}") };
        let best = result.best.unwrap().validation["loss"];
        assert!(best < validation["loss"], "{}: {best} {validation:?}", entry.name);
    }
}

/// Small sizes of each task, so that a step takes a moment.
fn small(kind: &str, keys: &[schema::Key]) -> Options {
    let mut options = schema::defaults(keys);
    let sizes = [
        ("length", 10),
        ("delay", 8),
        ("train_length", 10),
        ("test_length", 20),
        ("points", 1),
        ("point_size", 3),
        ("validation_size", 6),
        ("test_size", 6),
        ("pairs", 2),
        ("symbols", 2),
        ("window", 12),
        ("steps", 12),
    ];
    for (key, value) in sizes {
        if options.contains_key(key) {
            options.insert(key.to_owned(), json!(value));
        }
    }
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tasks/tests/fixtures");
    if kind == "images" {
        options.insert("path".into(), json!(format!("{fixtures}/images")));
    }
    if kind == "music" {
        options.insert("path".into(), json!(format!("{fixtures}/music/chords.json")));
    }
    if kind == "dataset" {
        options.insert("path".into(), json!(format!("{fixtures}/walks")));
    }
    if kind == "time_series" {
        options.insert("path".into(), json!(format!("{fixtures}/time_series")));
        options.insert("problem".into(), json!("Waves"));
    }
    options
}

#[test]
fn every_architecture_trains_on_every_task_that_it_fits() {
    let datasets = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../datasets"));
    let mut refused = Vec::new();
    for entry in tasks::TASKS {
        let options = small(entry.name, entry.keys);
        let task = tasks::build(entry.name, &options, &tasks::Context { datasets });
        let task: Arc<dyn Task> = Arc::from(task.unwrap());
        for architecture in architectures::ARCHITECTURES {
            let folder = tempfile::tempdir().unwrap();
            let mut config = config(architecture.name, 0.01);
            let facts = task.facts();
            let higher =
                task.metrics().iter().any(|it| it.name == facts.metric && it.higher_is_better);
            config.task = TaskConfig {
                kind: entry.name.into(),
                metric: facts.metric.into(),
                goal: if higher { Goal::Maximize } else { Goal::Minimize },
                options: options.clone(),
            };
            config.train.insert("steps".into(), json!(2));
            config.train.insert("evaluate_every".into(), json!(2));
            let job = Job {
                config,
                seed: 0,
                task: task.clone(),
                checkpoint_every: Job::CHECKPOINT_EVERY,
                keep: Keep::None,
                probes: None,
            };
            let folder = RunFolder::new(folder.path());
            match train(&job, &folder, &Interrupter::new(), Reach::End) {
                Err(TrainingError::Architecture(error)) => {
                    assert!(!matches!(
                        task.shape().answers,
                        tasks::Answers::Sequence | tasks::Answers::Steps { future: true }
                    ));
                    refused.push((architecture.name, error.to_string()));
                }
                ended => {
                    let result = scores(ended);
                    let best = result.best.unwrap_or_else(|| {
                        panic!("{} on {} has no score", architecture.name, entry.name)
                    });
                    let names: Vec<_> = best.test.keys().cloned().collect();
                    let mut metrics: Vec<_> =
                        task.metrics().iter().map(|metric| metric.name.to_owned()).collect();
                    metrics.sort();
                    assert_eq!(names, metrics, "{}", entry.name);
                    let parts: Vec<_> = best.parts.keys().cloned().collect();
                    let mut planned: Vec<_> =
                        task.parts()[2..].iter().map(|part| part.name.clone()).collect();
                    planned.sort();
                    assert_eq!(parts, planned, "{}", entry.name);
                }
            }
        }
    }
    let names: std::collections::BTreeSet<_> = refused.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["bidirectional", "feed_forward"].into());
}
