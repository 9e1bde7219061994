//! Runs that fail, and what is done about them.

use scheduler::{Notice, Tally};
use serde_json::json;
use store::{EventKind, FailureClass, RunState};

use crate::sweep::Settings;
use crate::{Place, trainer};

#[test]
fn every_failure_has_its_class_and_harms_no_other_run() {
    let faults = ["panic", "abort", "crash", "exit", "kill", "allocate", "bad-data", "nothing"];
    let mut behaviours: Vec<_> =
        faults.iter().map(|fault| json!({ "fault": fault, "at": 7 })).collect();
    behaviours.push(json!({ "name": 9 }));
    let place = Place::new(&json!(behaviours));
    let (tally, told) = place.schedule(&Settings::default());
    assert_eq!(tally, Tally { finished: 1, failed: 8, ..Tally::default() });
    let expected = [
        ("panicked", "index out of bounds"),
        ("panicked", "the worker crashed (signal: 6 (SIGABRT)"),
        ("panicked", "the worker crashed (signal: 4 (SIGILL)"),
        ("panicked", "now: Exit"),
        ("killed", "the worker was ended: signal: 9 (SIGKILL)"),
        ("out of memory", "memory allocation of 1152921504606846976 bytes failed"),
        ("bad data", "row 3 is empty"),
        ("panicked", "it ended without a result and without saying why"),
    ];
    for (index, (class, message)) in expected.into_iter().enumerate() {
        let (found_class, found, log) = told.failure(index);
        assert_eq!(found_class, class, "{}: {found}", faults[index]);
        assert!(found.starts_with(message), "{}: {found}", faults[index]);
        let RunState::Failed { class, message } = place.state(index) else { panic!() };
        assert_eq!((class.to_string().as_str(), message.as_str()), (&*found_class, found));
        let failures = place.run(index).events().unwrap();
        let is_failure = |kind: &EventKind| matches!(kind, EventKind::Failed { .. });
        assert_eq!(failures.iter().filter(|event| is_failure(&event.kind)).count(), 1);
        assert!(failures.iter().all(|event| event.attempt == 1), "{failures:?}");
        assert_eq!(log.iter().any(|line| line.contains("panicked at")), index == 0);
    }
    assert!(place.run(8).result().unwrap().is_some());
}

#[test]
fn failed_runs_are_run_again_only_when_asked_for_and_go_on_from_their_checkpoint() {
    let place = Place::new(&json!([{ "fault": "panic", "at": 12, "times": 1 }]));
    place.schedule(&Settings::default());
    let (tally, _) = place.schedule(&Settings::default());
    assert_eq!(tally, Tally::default());
    let (tally, _) = place.schedule(&Settings { rerun_failed: true, ..Settings::default() });
    assert_eq!(tally, Tally { finished: 1, ..Tally::default() });
    let second = place.run(0).events().unwrap().into_iter().find(|event| event.attempt == 2);
    let second = second.unwrap().kind;
    assert_eq!(second, EventKind::Started { step: 10, steps: 20, parameters: 7 });
    let undisturbed = Place::new(&json!([{ "fault": "panic", "at": 12, "times": 0 }]));
    undisturbed.schedule(&Settings::default());
    let value = |place: &Place| place.run(0).result().unwrap().unwrap().last.unwrap();
    assert_eq!(value(&place), value(&undisturbed));
}

#[test]
fn a_killed_run_is_tried_again_so_often_and_a_panicked_one_is_not() {
    let place = Place::new(&json!([
        { "fault": "kill", "at": 12, "times": 2 },
        { "name": 1, "fault": "kill", "at": 2 },
        { "name": 2, "fault": "panic", "at": 12, "times": 1 },
    ]));
    let (tally, told) = place.schedule(&Settings { retries: 2, ..Settings::default() });
    assert_eq!(tally, Tally { finished: 1, failed: 2, ..Tally::default() });
    let started = |index| {
        let attempts = told.of(index).into_iter().filter_map(|notice| match notice {
            Notice::Started { attempt } => Some(*attempt),
            _ => None,
        });
        attempts.collect::<Vec<_>>()
    };
    assert_eq!((started(0), started(1), started(2)), (vec![1, 2, 3], vec![1, 2, 3], vec![1]));
    assert!(matches!(told.of(0)[1], Notice::Retried { class: FailureClass::Killed, .. }));
    // A retried end is no failure of the run.
    let events = place.run(0).events().unwrap();
    assert!(!events.iter().any(|event| matches!(event.kind, EventKind::Failed { .. })));
    assert_eq!(told.failure(1).0, "killed");
}

#[test]
fn after_so_many_failures_the_sweep_stops_with_the_others_saved() {
    let mut behaviours = vec![json!({ "steps": 100_000, "sleep": 1.0 })];
    behaviours.extend((0..4).map(|name| json!({ "name": name, "fault": "panic", "at": 2 })));
    let place = Place::new(&json!(behaviours));
    let (tally, told) = place.schedule(&Settings { max_failures: Some(2), ..Settings::default() });
    assert_eq!(tally, Tally { failed: 2, left: 3, ..Tally::default() });
    assert_eq!(told.of(0).last(), Some(&&Notice::Stopped { saved: true }));
    assert_eq!((place.state(3), place.state(4)), (RunState::Missing, RunState::Missing));
}

#[test]
fn a_folder_that_cannot_be_written_costs_its_run_alone() {
    let place = Place::new(&json!([{ "name": 1 }, { "name": 2 }]));
    std::fs::create_dir_all(place.path().join("runs")).unwrap();
    std::fs::write(place.path().join("runs/0"), "a file").unwrap();
    let runs = [0, 1].map(|index| scheduler::QueuedRun::new(index, "run", place.run(index)));
    let (tally, told) = place.schedule_these(runs.into(), &Settings::default());
    assert_eq!(tally, Tally { finished: 1, failed: 1, ..Tally::default() });
    let (class, message, _) = told.failure(0);
    assert_eq!(class, "folder");
    assert!(message.contains("runs/0") && message.contains("not recorded"), "{message}");
}

#[test]
fn a_full_disk_fails_the_run_and_leaves_nothing_false() {
    let place = Place::new(&json!([{ "name": 3, "steps": 400, "every": 2 }]));
    // No file may grow beyond 8 blocks, which the events do.
    let script = place.path().join("limited.sh");
    let text =
        format!("#!/bin/sh\ntrap '' XFSZ\nulimit -f 8\nexec {} \"$@\"\n", trainer().display());
    std::fs::write(&script, text).unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let signals = scheduler::Signals::listen().unwrap();
    let mut told = crate::Told::default();
    let runs = crate::queue(place.path(), false);
    let settings = Settings::default();
    let tally = crate::schedule(&script, place.path(), runs, &settings, &signals, &mut told);
    assert_eq!(tally, Tally { failed: 1, ..Tally::default() });
    let (class, message, _) = told.failure(0);
    assert_eq!(class, "folder", "{message}");
    assert!(message.contains("events.jsonl: File too large"), "{message}");
    assert!(place.results().is_empty());
    assert!(matches!(place.state(0), RunState::Failed { class: FailureClass::Folder, .. }));

    let again = Settings { rerun_failed: true, ..Settings::default() };
    assert_eq!(place.schedule(&again).0.finished, 1);
    let undisturbed = Place::new(&json!([{ "name": 3, "steps": 400, "every": 2 }]));
    undisturbed.schedule(&Settings::default());
    assert_eq!(place.results(), undisturbed.results());
}
