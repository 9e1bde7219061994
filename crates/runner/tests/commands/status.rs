//! `status`: one screen about a results folder, whatever happened in it.

use std::fs;

use serde_json::{Value, json};
use store::{EventKind, FailureClass, RunFolder, RunResult, SweepFolder};

use crate::{Place, SMALL};

/// A folder with a plan and nothing done.
fn planned(text: &str) -> (Place, SweepFolder) {
    let place = Place::new();
    place.write("small.toml", text);
    let printed = place.run(&["plan", "small.toml", "--no-probe", "--format", "json"]);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    let sweep = SweepFolder::new(place.path("results/small"));
    sweep.write_plan(&serde_json::from_value(printed["plan"].clone()).unwrap(), text).unwrap();
    (place, sweep)
}

fn finish(run: &RunFolder, identity: &str, seed: u64, outcome: &Value) {
    let result: RunResult = serde_json::from_value(json!({
        "format": 1, "identity": identity, "seed": seed, "outcome": outcome, "best": null,
        "last": null, "parameters": 131, "steps": 20, "train_seconds": 4.5, "total_seconds": 5.0,
    }))
    .unwrap();
    run.write_result(&result).unwrap();
}

/// The status without what depends on the file system.
fn text(place: &Place, arguments: &[&str]) -> String {
    let ended = place.run(&[&["status", "results/small"], arguments].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let lines = ended.stdout.lines().map(|line| match line.strip_prefix("disk: ") {
        Some(_) => "disk: some",
        None => line,
    });
    lines.map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn every_state_has_its_place() {
    let (place, sweep) = planned(&SMALL.replace("seeds = 2", "seeds = 4"));
    let plan = sweep.plan().unwrap();
    let run = |arm: usize, seed| sweep.run(&plan.conditions[arm], seed);
    let outcomes = [
        json!({ "kind": "completed" }),
        json!({ "kind": "diverged", "step": 7 }),
        json!({ "kind": "stopped-at-rung", "step": 10 }),
    ];
    for (seed, outcome) in outcomes.iter().enumerate() {
        let seed = seed as u64;
        finish(&run(0, seed), &plan.conditions[0].identity, seed, outcome);
    }
    let mut events = run(0, 3).event_writer().unwrap();
    events.append(EventKind::Progress { step: 5, loss: 0.5, steps_per_second: 2.5 }).unwrap();
    let _at_work = run(0, 3).lock().unwrap();
    for (seed, class, message) in [
        (0, FailureClass::Killed, "the worker was ended: signal: 9 (SIGKILL)"),
        (1, FailureClass::Panicked, "index out of bounds"),
    ] {
        run(1, seed).record_failure(class, message).unwrap();
    }
    fs::write(run(1, 0).log_path(), "loading\nstep 12\n\n").unwrap();
    fs::write(run(1, 1).log_path(), "panicked: index out of bounds\n").unwrap();
    run(1, 2).event_writer().unwrap().append(EventKind::Stopped { step: 10 }).unwrap();
    fs::create_dir(run(1, 2).checkpoint_path()).unwrap();
    fs::create_dir(sweep.path().join("runs/gone-01234567")).unwrap();
    let entry = json!({ "time": 1.5, "runner": 7, "entry": "started", "jobs": 1, "runs": 8,
                        "command": "cargo run -p runner -- run small.toml" });
    fs::write(sweep.path().join("journal.jsonl"), format!("{entry}\n")).unwrap();
    insta::assert_snapshot!("every_state", text(&place, &[]));

    let printed = place.run(&["status", "results/small", "--format", "json"]).stdout;
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        printed["by_state"],
        json!({ "finished": 1, "diverged": 1, "at-rung": 1, "running": 1, "stopped": 1,
                "failed": 2, "missing": 1, "not-needed": 0, "waiting": 0 })
    );
    assert_eq!(printed["failed"][0]["class"], "killed");
    assert_eq!(printed["failed"][0]["last_line"], "step 12");
    assert_eq!(printed["running"][0]["seconds_left"], 6.0);
    assert_eq!(printed["go_on"], "cargo run -p runner -- run small.toml --rerun failed");
    let page = fs::read_to_string(crate::workspace().join("docs/for-programs.md")).unwrap();
    let objects = [&printed, &printed["failed"][0], &printed["running"][0]];
    for key in objects.iter().flat_map(|object| object.as_object().unwrap().keys()) {
        assert!(page.contains(&format!("`{key}`")), "docs/for-programs.md does not name {key}");
    }
}

#[test]
fn many_arms_and_failures_still_fit_on_a_screen() {
    let many = SMALL.replace("seeds = 2", "seeds = 3")
        + "\n[grid]\ntrain.learning_rate = [1e-1, 3e-2, 1e-2, 3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5]\n";
    let (place, sweep) = planned(&many);
    let plan = sweep.plan().unwrap();
    for (index, seed) in plan.runs().take(9) {
        let run = sweep.run(&plan.conditions[index], seed);
        run.record_failure(FailureClass::Killed, "signal: 9").unwrap();
    }
    let short = text(&place, &[]);
    insta::assert_snapshot!("many_arms", short);
    assert!(short.lines().count() <= 24, "{short}");
    let all = text(&place, &["--all"]);
    for arm in &plan.arms {
        assert!(all.contains(&arm.name), "{all}");
    }
    assert_eq!(all.matches("failed: ").count(), 9, "{all}");
}
