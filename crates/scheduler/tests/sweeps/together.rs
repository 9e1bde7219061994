//! Several runners on one folder.

use std::io::{BufRead as _, BufReader};
use std::process::Command;

use serde_json::{Value, json};
use store::{EventKind, RunState};

use crate::{Place, signal, wait_until};

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
    // Neither first attempt ends by itself, however long the others take to start.
    let hang = json!({ "fault": "hang", "times": 1, "grace": 500 });
    let with = |name, at| {
        let mut run = hang.clone();
        (run["name"], run["at"]) = (json!(name), json!(at));
        run
    };
    let place = Place::new(&json!([with(1, 12), with(2, 7)]));
    let mut first = place.start(r#"{ "jobs": 2 }"#);
    for index in [0, 1] {
        wait_until("its worker runs", || place.run(index).last_event().unwrap().is_some());
    }
    let mut second = place.start(r#"{ "jobs": 2 }"#);
    let mut lines = BufReader::new(second.stdout.take().unwrap()).lines();
    let begun = lines.next().unwrap().unwrap();
    assert!(begun.contains(r#""total":2"#), "it waits for both: {begun}");
    signal("-ABRT", worker_of(&place, 1));
    wait_until("a failure", || matches!(place.state(1), RunState::Failed { .. }));
    first.kill().unwrap();
    first.wait().unwrap();
    let text = lines.map(|line| line.unwrap() + "\n").collect::<String>();
    assert_eq!(second.wait().unwrap().code(), Some(100), "{text}");
    let failed = text.lines().find(|line| line.contains(r#""notice":"failed""#)).unwrap();
    assert!(failed.contains(r#""elsewhere":true"#), "{failed}");
    assert!(place.run(0).result().unwrap().is_some());
    let attempts = |index| place.run(index).events().unwrap().pop().unwrap().attempt;
    assert_eq!((attempts(0), attempts(1)), (2, 1));
}

/// The process that trains a run; its folder is in its command line alone.
fn worker_of(place: &Place, run: usize) -> u32 {
    let folder = place.run(run).path().display().to_string();
    let output = Command::new("pgrep").args(["-f", &folder]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}
