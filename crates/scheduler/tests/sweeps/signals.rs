//! Stopping and killing a runner and its workers.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Child;
use std::time::Duration;

use serde_json::{Value, json};
use store::{EventKind, RunState};

use crate::sweep::Settings;
use crate::{Place, signal, wait_until};

/// Two runs that would take minutes, and the runner once both are at work.
fn started(grace: u64) -> (Place, Child) {
    let long = |name| json!({ "name": name, "steps": 100_000, "sleep": 1.0, "grace": grace });
    let place = Place::new(&json!([long(1), long(2), { "name": 3 }]));
    let child = place.start(&json!({ "jobs": 2, "grace": grace }).to_string());
    wait_for_checkpoints(&place);
    (place, child)
}

fn wait_for_checkpoints(place: &Place) {
    for index in [0, 1] {
        let path = place.run(index).checkpoint_path().join("state.json");
        wait_until("a checkpoint", || path.exists());
    }
}

fn hangs(place: &Place, index: usize) -> bool {
    std::fs::read(place.run(index).log_path()).is_ok_and(|log| log.starts_with(b"now: Hang"))
}

fn last_step(place: &Place, index: usize) -> Option<u64> {
    match place.run(index).last_event().unwrap()?.kind {
        EventKind::Stopped { step } => Some(step),
        _ => None,
    }
}

#[test]
fn the_first_signal_saves_and_the_same_command_goes_on() {
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let (place, child) = started(5000);
        signal(name, child.id());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let stopped = [0, 1].map(|index| last_step(&place, index).expect("a saved state"));
        assert_eq!(place.state(2), RunState::Missing);

        let again = place.start(r#"{ "jobs": 2 }"#);
        for (index, step) in stopped.into_iter().enumerate() {
            let resumed = || {
                let events = place.run(index).events().unwrap();
                events.into_iter().find(|event| event.attempt == 2).map(|event| event.kind)
            };
            wait_until("a second attempt", || resumed().is_some());
            let expected = EventKind::Started { step, steps: 100_000, parameters: 7 };
            assert_eq!(resumed(), Some(expected));
        }
        signal("-TERM", again.id());
        again.wait_with_output().unwrap();
    }
}

#[test]
fn the_second_signal_kills_what_does_not_stop() {
    let place = Place::new(&json!([{ "fault": "hang", "at": 7, "grace": 20_000 }]));
    let child = place.start(r#"{ "grace": 20000 }"#);
    wait_until("it hangs", || hangs(&place, 0));
    signal("-INT", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(place.state(0), RunState::Running);
    signal("-INT", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(lines.contains(r#""notice":"stopped","saved":false"#), "{lines}");
    assert_eq!(place.state(0), RunState::Stopped, "it goes on from its checkpoint");
}

/// As `timeout` sends it: to the process, then to its group.
#[test]
fn a_signal_that_comes_twice_at_once_is_one() {
    let (place, child) = started(5000);
    let twice = format!("kill -TERM {0}; kill -TERM {0}", child.id());
    assert!(std::process::Command::new("sh").args(["-c", &twice]).status().unwrap().success());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    for index in [0, 1] {
        assert!(last_step(&place, index).is_some(), "run {index} was killed, not stopped");
    }
}

#[test]
fn a_run_that_does_not_stop_is_killed_after_the_grace_period() {
    let place = Place::new(&json!([{ "fault": "hang", "at": 7, "grace": 20_000 }]));
    let child = place.start(r#"{ "grace": 20 }"#);
    wait_until("it hangs", || hangs(&place, 0));
    signal("-TERM", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    assert_eq!(place.state(0), RunState::Stopped);
}

#[test]
fn workers_save_and_end_when_the_runner_is_killed_even_those_that_hang() {
    let place = Place::new(&json!([
        { "steps": 100_000, "sleep": 1.0 }, { "fault": "hang", "at": 7, "grace": 50 },
    ]));
    let mut child = place.start(r#"{ "jobs": 2 }"#);
    wait_for_checkpoints(&place);
    wait_until("it hangs", || hangs(&place, 1));
    child.kill().unwrap();
    child.wait().unwrap();
    for index in [0, 1] {
        wait_until("the worker is gone", || place.state(index) == RunState::Stopped);
    }
    assert!(last_step(&place, 0).is_some());
}

#[test]
fn a_terminal_that_goes_away_stops_nothing() {
    let (place, child) = started(5000);
    signal("-HUP", child.id());
    std::thread::sleep(Duration::from_millis(30));
    assert_eq!(place.state(0), RunState::Running);
    signal("-TERM", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
}

/// The end of a job of Slurm is announced by a signal that means something else elsewhere.
#[test]
fn in_a_job_of_slurm_a_hangup_saves_and_stops() {
    let place = Place::new(&json!([{ "steps": 100_000, "sleep": 1.0 }]));
    let mut command = std::process::Command::new(crate::trainer());
    command.arg("run").arg(place.path()).arg("{}").env("SLURM_JOB_ID", "7");
    let child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    wait_until("a checkpoint", || place.run(0).checkpoint_path().exists());
    signal("-HUP", child.id());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(143));
    assert!(last_step(&place, 0).is_some());
}

/// Numbers from 0 to 1 that look random and are the same every time.
fn uniform(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// The worker processes of a runner.
fn workers_of(runner: u32) -> Vec<u32> {
    let children = format!("/proc/{runner}/task/{runner}/children");
    let children = std::fs::read_to_string(children).unwrap_or_default();
    children.split_whitespace().map(|child| child.parse().unwrap()).collect()
}

#[test]
#[cfg(target_os = "linux")]
fn killed_at_any_moment_a_sweep_ends_like_one_left_alone() {
    let behaviours: Vec<Value> = (0..40)
        .map(|name| match name % 8 {
            3 => json!({ "name": name, "steps": 30, "sleep": 0.3, "fault": "diverge", "at": 22 }),
            _ => json!({ "name": name, "steps": 40, "every": 3, "sleep": 0.3 }),
        })
        .collect();
    let alone = Place::new(&json!(behaviours));
    assert_eq!(alone.schedule(&Settings::default()).0.finished, 40);
    let place = Place::new(&json!(behaviours));
    let mut random = uniform(7);
    let mut kills = 0;
    let mut finished = HashSet::new();
    let settings = r#"{ "jobs": 3, "retries": 100, "rerun_failed": true }"#;
    loop {
        let mut child = place.start(settings);
        // What is finished once stays as it is.
        for index in 0..40 {
            if matches!(place.state(index), RunState::Finished(_)) {
                finished.insert(index);
            } else {
                assert!(!finished.contains(&index), "run {index} is lost");
            }
        }
        let mut is_over = false;
        for _ in 0..3 {
            std::thread::sleep(Duration::from_secs_f64(random() * 0.03));
            for worker in workers_of(child.id()) {
                if random() < 0.4 {
                    // It may have ended by itself meanwhile.
                    std::process::Command::new("kill")
                        .args(["-KILL", &worker.to_string()])
                        .stderr(std::process::Stdio::null())
                        .status()
                        .unwrap();
                    kills += 1;
                }
            }
            is_over = child.try_wait().unwrap().is_some();
        }
        if is_over {
            assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
            break;
        }
        if kills < 150 {
            child.kill().unwrap();
            kills += 1;
            child.wait().unwrap();
        } else {
            assert_eq!(child.wait().unwrap().code(), Some(0));
            break;
        }
    }
    assert!(kills >= 20, "only {kills} kills");
    assert_eq!(place.results(), alone.results());
    for index in 0..40 {
        let events = place.run(index).events().unwrap();
        let mut ends =
            events.iter().filter(|event| matches!(event.kind, EventKind::Finished { .. }));
        // A kill between the last event and the result makes a second one; nothing comes
        // after a result.
        let attempts = events.iter().map(|event| event.attempt).max().unwrap();
        assert_eq!(ends.next_back().unwrap().attempt, attempts, "run {index} was run again");
    }
}

#[test]
fn a_reader_of_the_progress_that_goes_away_stops_nothing() {
    let place = Place::new(&json!(vec![json!({ "sleep": 1.0 }); 4]));
    let mut child = place.start(r#"{ "jobs": 1 }"#);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    drop(output);
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{errors}");
    assert_eq!(place.results().len(), 4);
}
