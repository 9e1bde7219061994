//! Sweeps that are stopped, and runs that fail.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use store::{EventKind, RunFolder, SweepFolder};

use crate::{Place, SMALL};

/// A sweep that would take minutes.
pub fn long(place: &Place) {
    let long = SMALL.replace("steps = 20", "steps = 100000").replace("seeds = 2", "seeds = 1");
    place.write("long.toml", &long);
}

/// Starts the sweep and waits until the run of the first arm has ended an epoch.
pub fn start(place: &Place, jobs: &str) -> (Child, RunFolder) {
    start_with(place, &["--jobs", jobs])
}

#[expect(clippy::zombie_processes, reason = "the caller waits for the process")]
fn start_with(place: &Place, options: &[&str]) -> (Child, RunFolder) {
    let mut command = place.command(&["run", "long.toml"]);
    command.args(options);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_mins(2);
    loop {
        if Instant::now() >= deadline {
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            panic!("the sweep does not get under way: {output:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
        let sweep = SweepFolder::new(place.path("results/small"));
        let Ok(plan) = sweep.plan() else { continue };
        let run = sweep.run(&plan.conditions[0], 0);
        let events = run.events().unwrap();
        if events.iter().any(|event| matches!(event.kind, EventKind::Evaluated { .. })) {
            return (child, run);
        }
    }
}

pub fn signal(name: &str, process: u32) {
    let sent = Command::new("kill").args([name, &process.to_string()]).status().unwrap();
    assert!(sent.success());
}

fn check_stops(signal_name: &str, code: i32) {
    let place = Place::new();
    long(&place);
    let (child, run) = start(&place, "1");
    signal(signal_name, child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(code));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("stopped with the state saved; to go on:"), "{stderr}");
    assert!(stderr.contains("run long.toml --jobs 1"), "{stderr}");
    let last = run.events().unwrap().pop().unwrap().kind;
    let EventKind::Stopped { step } = last else { panic!("{last:?}") };
    assert!(step > 0 && !run.checkpoint_sets().unwrap().is_empty());

    // It goes on from there.
    let again = place.run(&["plan", "long.toml"]);
    assert_eq!(again.code, 0);
    let (child, _) = start(&place, "1");
    let deadline = Instant::now() + Duration::from_mins(1);
    let resumed = loop {
        let events = run.events().unwrap();
        let second = events.iter().find_map(|event| match event.kind {
            EventKind::Started { step, .. } if event.attempt == 2 => Some(step),
            _ => None,
        });
        if let Some(step) = second {
            break step;
        }
        assert!(Instant::now() < deadline, "no second attempt");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(resumed, step);
    signal("-TERM", child.id());
    child.wait_with_output().unwrap();
}

#[test]
#[cfg(unix)]
fn ctrl_c_saves_and_says_how_to_go_on() {
    check_stops("-INT", 130);
}

#[test]
#[cfg(unix)]
fn a_termination_saves_and_says_how_to_go_on() {
    check_stops("-TERM", 143);
}

#[test]
#[cfg(target_os = "linux")]
fn workers_do_not_outlive_a_killed_runner() {
    let place = Place::new();
    long(&place);
    let (mut child, run) = start(&place, "2");
    let workers = workers_of(child.id());
    assert_eq!(workers.len(), 2);
    let second = place.run(&["run", "long.toml", "seeds=2"]);
    assert_eq!(second.code, 2, "two plans on one folder: {}", second.stderr);
    assert!(second.stderr.contains("is at work on"), "{}", second.stderr);
    signal("-KILL", child.id());
    child.wait().unwrap();
    // It takes them milliseconds; machines are busy.
    let deadline = Instant::now() + Duration::from_secs(10);
    while workers.iter().any(|&worker| is_at_work(worker)) {
        assert!(Instant::now() < deadline, "a worker is still at work");
        std::thread::sleep(Duration::from_millis(10));
    }
    let last = run.events().unwrap().pop().unwrap().kind;
    assert!(matches!(last, EventKind::Stopped { .. }), "{last:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_killed_worker_costs_one_run_and_can_be_run_again() {
    let place = Place::new();
    let text = SMALL.replace("steps = 20", "steps = 2000").replace("seeds = 2", "seeds = 1");
    place.write("long.toml", &text);
    let (child, run) = start_with(&place, &["--jobs", "1", "--retries", "0"]);
    signal("-KILL", worker_of(child.id()));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(100), "{stderr}");
    assert!(stderr.contains("failed   gru on adding, seed 0 (killed)"), "{stderr}");
    assert!(stderr.contains("finished no | recurrence on adding, seed 0"), "{stderr}");
    let status = place.run(&["status", "results/small"]);
    assert!(status.stdout.contains("failed: gru on adding, seed 0 (killed)"), "{}", status.stdout);

    let without = place.run(&["run", "long.toml"]);
    assert_eq!(without.code, 100);
    assert!(without.stderr.contains("--rerun failed runs them again"), "{}", without.stderr);
    let again = place.run(&["run", "long.toml", "--rerun", "failed"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert!(run.result().unwrap().is_some());
}

/// The only worker of a runner.
#[cfg(target_os = "linux")]
fn worker_of(runner: u32) -> u32 {
    let workers = workers_of(runner);
    assert_eq!(workers.len(), 1);
    workers[0]
}

/// The worker processes of a runner.
#[cfg(target_os = "linux")]
fn workers_of(runner: u32) -> Vec<u32> {
    let output = Command::new("pgrep").args(["-P", &runner.to_string()]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().map(|worker| worker.parse().unwrap()).collect()
}

/// Whether a process is there and has not ended.
#[cfg(target_os = "linux")]
fn is_at_work(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let state = status.lines().find_map(|line| line.strip_prefix("State:"));
    state.is_some_and(|state| !state.trim_start().starts_with(['Z', 'X']))
}

/// Waits until a run has got further, which shows that it goes on.
#[cfg(target_os = "linux")]
fn wait_for_more(run: &RunFolder) {
    let evaluated = || {
        let events = run.events().unwrap();
        events.iter().filter(|event| matches!(event.kind, EventKind::Evaluated { .. })).count()
    };
    let (before, deadline) = (evaluated(), Instant::now() + Duration::from_mins(1));
    while evaluated() <= before + 1 {
        assert!(Instant::now() < deadline, "the run does not go on");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_terminal_that_goes_away_stops_nothing() {
    let place = Place::new();
    long(&place);
    let (mut child, run) = start(&place, "1");
    let worker = worker_of(child.id());
    signal("-HUP", child.id());
    wait_for_more(&run);
    assert!(child.try_wait().unwrap().is_none() && is_at_work(worker));
    signal("-TERM", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(143), "{output:?}");
    let last = run.events().unwrap().pop().unwrap();
    assert!(matches!(last.kind, EventKind::Stopped { .. }) && last.attempt == 1, "{last:?}");
}

#[test]
#[cfg(target_os = "linux")]
fn a_second_ctrl_c_kills_what_does_not_stop() {
    let place = Place::new();
    long(&place);
    let (mut child, run) = start(&place, "1");
    let worker = worker_of(child.id());
    // It cannot do as it is asked.
    signal("-STOP", worker);
    signal("-INT", child.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none() && is_at_work(worker), "the first one waits");
    let second = Instant::now();
    signal("-INT", child.id());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    assert!(second.elapsed() < scheduler::GRACE / 2, "it waited all the same");
    assert!(!is_at_work(worker));
    assert_eq!(run.state().unwrap(), store::RunState::Stopped, "it can go on");
}
