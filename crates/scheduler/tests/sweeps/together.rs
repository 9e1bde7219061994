//! Several runners on one folder.

use serde_json::{Value, json};
use store::{EventKind, RunState};

use crate::{Place, wait_until};

#[test]
fn two_runners_share_a_sweep_and_nothing_is_run_twice() {
    let behaviours: Vec<Value> =
        (0..30).map(|name| json!({ "name": name, "sleep": 0.2 })).collect();
    let place = Place::new(&json!(behaviours));
    let runners = [(); 3].map(|()| place.start(r#"{ "jobs": 2 }"#));
    let outputs = runners.map(|child| child.wait_with_output().unwrap());
    let mut done_here = 0;
    for output in outputs {
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let finished = lines.iter().filter(|line| line["notice"] == "finished");
        done_here += finished.filter(|line| line["elsewhere"] == false).count();
        assert_eq!(lines.last().unwrap()["finished"], lines[0]["total"], "{text}");
    }
    assert_eq!(done_here, 30, "each run is finished by one runner");
    assert_eq!(place.results().len(), 30);
    for index in 0..30 {
        let events = place.run(index).events().unwrap();
        let started = events.iter().filter(|event| matches!(event.kind, EventKind::Started { .. }));
        assert_eq!(started.count(), 1, "run {index} was run twice");
    }
}

#[test]
fn a_runner_takes_over_what_another_one_leaves_and_hears_of_its_failures() {
    let place = Place::new(&json!([
        { "name": 1, "steps": 400, "sleep": 8.0 },
        { "name": 2, "steps": 40, "sleep": 1.0, "fault": "panic", "at": 30 },
    ]));
    let mut first = place.start(r#"{ "jobs": 2 }"#);
    // The lock alone does not say that: a runner holds it for a moment before its worker
    // does, and in between another runner can have the run.
    for index in [0, 1] {
        wait_until("its worker runs", || place.run(index).last_event().unwrap().is_some());
    }
    let second = place.start(r#"{ "jobs": 2 }"#);
    wait_until("a failure", || matches!(place.state(1), RunState::Failed { .. }));
    first.kill().unwrap();
    first.wait().unwrap();
    let output = second.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(100), "{text}");
    let failed = text.lines().find(|line| line.contains(r#""notice":"failed""#)).unwrap();
    assert!(failed.contains(r#""elsewhere":true"#), "{failed}");
    assert!(place.run(0).result().unwrap().is_some());
    let attempts = |index| place.run(index).events().unwrap().pop().unwrap().attempt;
    assert_eq!((attempts(0), attempts(1)), (2, 1));
}
