use std::fs;

use super::*;
use crate::Follower;
use crate::fixture::{Sweep, append, evaluated, finished, hard_names, started};

/// Lets a hook hear of everything that is there; its warnings and how long it took.
fn told(sweep: &Sweep, hook: Hook) -> (Vec<String>, Duration) {
    let mut warnings = Vec::new();
    let start = Instant::now();
    let follower = Follower::new(&sweep.folder, vec![Box::new(hook)]);
    follower.finish(&mut |it| warnings.push(it.to_string()));
    (warnings, start.elapsed())
}

#[test]
fn each_event_is_a_line_whatever_the_names() {
    let names = hard_names();
    let arms: Vec<&str> = names.iter().map(String::as_str).collect();
    let sweep = Sweep::new(&["a/b"], &arms, 1);
    for arm in 0..arms.len() {
        append(&sweep.run(0, arm, 0), 1, 0.0, [started(0), evaluated(50, 0.5), finished()]);
    }
    let out = sweep.path().join("out");
    let hook = Hook::new(&sweep.folder, format!("cat > '{}'; echo done", out.display()));
    assert_eq!(told(&sweep, hook).0, [""; 0]);
    let text = fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().count(), 3 * arms.len());
    let line = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let lines: Vec<_> = text.lines().map(line).collect();
    for (three, arm) in lines.chunks(3).zip(&arms) {
        assert_eq!(three[1]["arm"], *arm);
        assert_eq!(three[1]["run"], format!("{arm}/a/b/seed-0"));
        assert_eq!(three[1]["event"]["event"], "evaluated");
        assert_eq!(three[1]["event"]["validation"]["loss"], 0.5);
    }
    let folder = sweep.run(0, 0, 0);
    assert_eq!(lines[0]["folder"], folder.path().to_str().unwrap());
    assert_eq!(fs::read_to_string(sweep.path().join("on-event.log")).unwrap(), "done\n");
    // The same folder has nothing new for it.
    let hook = Hook::new(&sweep.folder, format!("cat > '{}'", out.display()));
    assert_eq!(told(&sweep, hook).0, [""; 0]);
    assert_eq!(fs::read_to_string(&out).unwrap(), text);
}

#[test]
fn a_command_that_ends_is_reported_once_and_is_not_started_again() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    let starts = sweep.path().join("starts");
    let command = format!("echo x >> '{}'; exec 0<&-; exit 3", starts.display());
    let mut follower =
        Follower::new(&sweep.folder, vec![Box::new(Hook::new(&sweep.folder, command))]);
    let mut warnings = Vec::new();
    for time in 0..20 {
        append(&sweep.run(0, 0, 0), 1, f64::from(time), [evaluated(50, 0.5)]);
        follower.look(&mut |it| warnings.push(it.to_string()));
        thread::sleep(Duration::from_millis(20));
    }
    follower.finish(&mut |it| warnings.push(it.to_string()));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("ended (exit status: 3) after "), "{warnings:?}");
    assert_eq!(fs::read_to_string(starts).unwrap(), "x\n");
}

#[test]
fn a_command_that_reads_nothing_costs_seconds_and_what_it_did_not_get_is_counted() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    // More than a pipe holds.
    append(&sweep.run(0, 0, 0), 1, 0.0, (1..1000).map(|step| evaluated(step, 0.5)));
    let mut hook = Hook::new(&sweep.folder, "exec sleep 20");
    (hook.queue, hook.end) = (16, Duration::from_secs(1));
    let (warnings, time) = told(&sweep, hook);
    assert!(time < Duration::from_secs(10), "{time:?}");
    assert!(warnings[0].ends_with("reads too slowly: events are dropped"), "{warnings:?}");
    assert!(
        warnings[1].contains("did not get ") && warnings[1].ends_with("events"),
        "{warnings:?}"
    );
    assert!(warnings[2].contains("did not end within 1 s and is left alone"), "{warnings:?}");
}

#[test]
fn a_command_that_is_none_is_reported() {
    let sweep = Sweep::new(&["adding"], &["lstm"], 1);
    append(&sweep.run(0, 0, 0), 1, 0.0, [started(0)]);
    let (warnings, _) = told(&sweep, Hook::new(&sweep.folder, "no-such-command-here"));
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("exit status: 127"), "{warnings:?}");
}
