//! What users ask of a runner at work.

use std::process::Child;

use serde_json::{Value, json};
use store::{Answer, Asking, EventKind, Request, RunFolder, RunLock, RunState, SweepFolder};

use crate::{Place, signal, wait_until};

/// Runs of about three seconds each, a runner at work on them, and the lock of the sweep, which a real
/// runner holds.
struct AtWork {
    place: Place,
    runner: Child,
    _lock: RunLock,
}

const STEPS: u64 = 600;

impl AtWork {
    fn new(behaviours: &[Value], settings: &Value) -> Self {
        let place = Place::new(&json!(behaviours));
        let lock = RunFolder::new(place.path()).lock().unwrap();
        let runner = place.start(&settings.to_string());
        let at_work = Self { place, runner, _lock: lock };
        wait_until("a first run", || at_work.place.state(0) == RunState::Running);
        at_work
    }

    fn ask(&self, request: Request) -> Answer {
        let mut asking = Asking::ask(&SweepFolder::new(self.place.path()), request).unwrap();
        let mut answers = Vec::new();
        wait_until("an answer", || {
            answers = asking.answers().unwrap();
            !answers.is_empty()
        });
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    #[track_caller]
    fn does(&self, request: Request, says: &str) {
        assert_eq!(self.ask(request), Answer::done(says));
    }

    #[track_caller]
    fn refuses(&self, request: Request, says: &str) {
        assert_eq!(self.ask(request), Answer::refused(says));
    }

    fn running(&self, runs: usize) -> usize {
        (0..runs).filter(|&run| self.place.state(run) == RunState::Running).count()
    }

    /// The exit code and what was said.
    fn end(self) -> (Place, Option<i32>, String) {
        let output = self.runner.wait_with_output().unwrap();
        (self.place, output.status.code(), String::from_utf8(output.stdout).unwrap())
    }
}

fn run(name: usize) -> Value {
    json!({ "name": name, "steps": STEPS, "sleep": 4.0 })
}

fn named(index: usize) -> String {
    format!("runs/{index}/seed-0")
}

#[test]
fn a_paused_sweep_keeps_still_and_then_ends_with_the_same_bits() {
    let runs = [run(0), run(1), run(2)];
    let sweep = AtWork::new(&runs, &json!({ "jobs": 2 }));
    wait_until("both are at work", || sweep.running(3) == 2);
    sweep.does(Request::Pause {}, "paused; 2 at work save their state and wait");
    wait_until("both have stopped", || sweep.running(3) == 0);
    sweep.refuses(Request::Pause {}, "it is paused already");
    assert_eq!([0, 1, 2].map(|it| sweep.place.state(it) == RunState::Stopped), [true, true, false]);
    let lengths = || [0, 1].map(|it| sweep.place.run(it).events().unwrap().len());
    let before = lengths();
    std::thread::sleep(std::time::Duration::from_millis(700));
    assert_eq!(lengths(), before, "nothing goes on");
    assert_eq!(sweep.place.state(2), RunState::Missing, "and nothing begins");
    let too_few = "it has 1 seeds; seeds are added, not taken away";
    sweep.refuses(Request::Seeds { seeds: 1 }, too_few);
    sweep.does(Request::Seeds { seeds: 3 }, "3 seeds, 1 before; the new ones follow the others");
    sweep.does(Request::Resume {}, "it goes on");
    sweep.refuses(Request::Resume {}, "it is not paused");
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(0), "{lines}");
    assert_eq!(lines.matches(r#""notice":"waits","saved":true"#).count(), 2, "{lines}");
    assert_eq!(lines.matches(r#""notice":"answered""#).count(), 6, "{lines}");
    let undisturbed = Place::new(&json!(runs));
    undisturbed.schedule(&crate::Settings::default());
    assert_eq!(place.results(), undisturbed.results());
}

#[test]
fn fewer_and_more_runs_at_a_time() {
    let runs: Vec<Value> = (0..4).map(run).collect();
    let sweep = AtWork::new(&runs, &json!({ "jobs": 2 }));
    wait_until("both are at work", || sweep.running(4) == 2);
    sweep.refuses(
        Request::Jobs { jobs: 0 },
        "at least one run at a time; `pause` lets all of them wait",
    );
    sweep.does(Request::Jobs { jobs: 1 }, "1 at a time, 2 before");
    wait_until("the one that was started last waits", || sweep.place.state(1) == RunState::Stopped);
    assert_eq!(sweep.place.state(0), RunState::Running, "the other goes on");
    sweep.does(Request::Jobs { jobs: 4 }, "4 at a time, 1 before");
    wait_until("all four are at work", || sweep.running(4) == 4);
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(0), "{lines}");
    assert_eq!(place.results().len(), 4);
}

#[test]
fn one_run_is_stopped_and_done_after_all() {
    let runs: Vec<Value> = (0..3).map(run).collect();
    let sweep = AtWork::new(&runs, &json!({ "jobs": 1 }));
    let stop = |index| Request::StopRun { run: named(index) };
    sweep.does(stop(0), "it saves its state and stops; `run` goes on with it");
    sweep.does(stop(2), "it was waiting, and is left");
    wait_until("it has stopped", || sweep.place.state(0) == RunState::Stopped);
    let unknown = "it is none of the runs that this runner has at work or waiting";
    sweep.refuses(stop(2), unknown);
    sweep.refuses(stop(7), unknown);
    sweep.refuses(Request::StopRun { run: String::new() }, unknown);
    wait_until("the next is at work", || sweep.place.state(1) == RunState::Running);
    sweep.refuses(Request::RetryRun { run: named(1) }, "it is at work");
    sweep.does(Request::RetryRun { run: named(0) }, "it is next");
    sweep.refuses(Request::RetryRun { run: named(0) }, "it is waiting already");
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(75), "{lines}");
    assert!(lines.contains(r#""finished":2,"failed":0,"paused":0,"left":1"#), "{lines}");
    assert_eq!(place.results().len(), 2);
    let undisturbed = Place::new(&json!(runs));
    undisturbed.schedule(&crate::Settings::default());
    let all = undisturbed.results();
    assert!(place.results().iter().all(|(path, result)| all[path] == *result));
}

#[test]
fn a_failed_run_is_retried_while_the_sweep_goes_on() {
    let fails =
        json!({ "name": 0, "steps": STEPS, "sleep": 1.0, "fault": "panic", "at": 60, "times": 1 });
    let sweep = AtWork::new(&[fails, run(1)], &json!({ "jobs": 2 }));
    let retry = || Request::RetryRun { run: named(0) };
    wait_until("it fails", || matches!(sweep.place.state(0), RunState::Failed { .. }));
    sweep.does(retry(), "it is next");
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(0), "{lines}");
    assert!(lines.contains(r#""finished":2,"failed":0"#), "{lines}");
    let second = place.run(0).events().unwrap().into_iter().find(|event| event.attempt == 2);
    let from = EventKind::Started { step: 55, steps: STEPS, parameters: 7 };
    assert_eq!(second.map(|event| event.kind), Some(from), "from its checkpoint");
}

#[test]
fn an_arm_is_put_first_and_a_sweep_is_stopped() {
    let runs: Vec<Value> = (0..5).map(run).collect();
    let sweep = AtWork::new(&runs, &json!({ "jobs": 1 }));
    let first = |folders: &[&str]| Request::First {
        arm: "gru".into(),
        folders: folders.iter().map(|&it| it.into()).collect(),
    };
    sweep.refuses(first(&["runs/9"]), "no run of gru is waiting");
    sweep.does(first(&["runs/3", "runs/4"]), "2 waiting of gru are next");
    wait_until("it is next", || sweep.place.state(3) == RunState::Running);
    assert_eq!(sweep.place.state(1), RunState::Missing);
    sweep.does(Request::Stop {}, "it stops, with the state of all runs saved");
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(130), "{lines}");
    assert_eq!(place.state(3), RunState::Stopped);
}

#[test]
fn a_paused_sweep_can_be_stopped_by_a_signal() {
    let sweep = AtWork::new(&[run(0), run(1)], &json!({ "jobs": 1 }));
    sweep.does(Request::Pause {}, "paused; 1 at work save their state and wait");
    wait_until("it has stopped", || sweep.running(2) == 0);
    signal("-TERM", sweep.runner.id());
    let (place, code, lines) = sweep.end();
    assert_eq!(code, Some(143), "{lines}");
    assert!(lines.contains(r#""left":2"#), "{lines}");
    assert_eq!(place.state(0), RunState::Stopped);
}
