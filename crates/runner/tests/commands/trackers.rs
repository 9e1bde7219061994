//! Results in other trackers while the real program trains. That TensorBoard and MLflow read them is tested
//! in the crate `trackers`.

use serde_json::Value;
use store::SweepFolder;

use crate::{Place, SMALL};

#[test]
fn every_event_is_told_once_whatever_is_run_again() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let run = |seeds: &str| {
        place.run(&[
            "run",
            "small.toml",
            seeds,
            "--tracker",
            "tensorboard",
            "--tracker",
            "mlflow",
            "--on-event",
            "cat >> events.txt",
            "--jobs",
            "2",
        ])
    };
    for seeds in ["seeds=1", "seeds=2", "seeds=2"] {
        let ended = run(seeds);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        assert!(!ended.stderr.contains("warning"), "{}", ended.stderr);
    }
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let mut stored = 0;
    for condition in &plan.conditions {
        for seed in [0, 1] {
            stored += sweep.run(condition, seed).events().unwrap().len();
        }
    }
    let told = std::fs::read_to_string(place.path("events.txt")).unwrap();
    assert_eq!(told.lines().count(), stored);
    let first: Value = serde_json::from_str(told.lines().next().unwrap()).unwrap();
    assert_eq!((&first["experiment"], &first["seed"]), (&"small".into(), &0.into()));
    let boards = place.names("results/small/tensorboard");
    assert_eq!(boards.len(), 2, "a folder an arm: {boards:?}");
    assert!(place.path("results/small/mlruns").is_dir());
    // None of it is part of a result.
    let checked = place.run(&["check", "results/small"]);
    assert_eq!(checked.code, 0, "{}", checked.stdout);
}

#[test]
fn a_tracker_that_fails_is_said_and_fails_nothing() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    std::fs::create_dir_all(place.path("results/small")).unwrap();
    // Where its folder should be is a file.
    place.write("results/small/tensorboard", "");
    let ended =
        place.run(&["run", "small.toml", "--tracker", "tensorboard", "--on-event", "exit 3"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stderr.contains("warning: "), "{}", ended.stderr);
    assert!(ended.stderr.contains("tensorboard"), "{}", ended.stderr);
    let unknown = place.run(&["run", "small.toml", "--tracker", "wandb"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("use tensorboard or mlflow"), "{}", unknown.stderr);
}
