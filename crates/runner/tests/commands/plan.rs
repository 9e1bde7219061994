//! `plan`: what it shows for people and for programs, and what it rests on.

use serde_json::Value;
use store::{Plan, SweepFolder};

use crate::{Place, SMALL};

/// The lines from one that starts with `first` to the next empty one.
fn block<'a>(text: &'a str, first: &str) -> Vec<&'a str> {
    let lines = text.lines().skip_while(|line| !line.starts_with(first));
    lines.take_while(|line| !line.is_empty()).collect()
}

fn json(place: &Place, arguments: &[&str]) -> Value {
    let ended = place.run(&[&["plan", "small.toml", "--format", "json"], arguments].concat());
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    serde_json::from_str(&ended.stdout).unwrap()
}

#[test]
fn plan_shows_what_would_run_and_writes_nothing() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["plan", "small.toml", "train.steps=30", "--no-probe", "--jobs", "2"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("plan", ended.stdout);
    let dry = place.run(&["run", "small.toml", "train.steps=30", "--dry-run"]);
    assert_eq!(dry.code, 0);
    let values = |text: &str| text.split_once("\n\nmodel.").unwrap().1.to_owned();
    assert_eq!(values(&dry.stdout), values(&ended.stdout));
    assert!(!place.path("results").exists());
}

#[test]
fn steps_are_timed_where_no_run_tells_the_time() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["plan", "small.toml", "--jobs", "1"]);
    let time = block(&ended.stdout, "time:").join("\n");
    assert!(time.starts_with("time: about "), "{time}");
    assert!(time.contains(" with 1 job; from timed steps\ndisk: about "), "{time}");
    let printed = json(&place, &[]);
    for run in printed["runs"].as_array().unwrap() {
        assert_eq!(run["seconds_from"], "probe");
        let seconds = run["seconds"].as_f64().unwrap();
        assert!((0.0..60.0).contains(&seconds), "{seconds}");
    }
    let without = json(&place, &["--no-probe"]);
    assert_eq!((&without["time"]["runs"], &without["time"]["unknown"]), (&4.into(), &4.into()));
    assert_eq!(without["runs"][0]["seconds"], Value::Null);
    // One that ends early takes less.
    let early = place.run(&["plan", "small.toml", "train.early_stopping={patience=1}"]);
    assert!(early.stdout.contains("time: at most about "), "{}", early.stdout);
}

#[test]
fn runs_tell_the_time_of_those_like_them() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let ended = place.run(&["run", "small.toml", "--only", "arm=gru,seed=0"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let sweep = SweepFolder::new(place.path("results/small"));
    let plan = sweep.plan().unwrap();
    let run = sweep.run(&plan.conditions[0], 0);
    let mut result = run.result().unwrap().unwrap();
    result.total_seconds = 600.0;
    run.write_result(&result).unwrap();

    let printed = json(&place, &["--jobs", "2"]);
    let runs = printed["runs"].as_array().unwrap();
    let of = |arm: &str, seed: u64| {
        runs.iter().find(|run| run["arm"] == arm && run["seed"] == seed).unwrap()
    };
    assert_eq!(
        (&of("gru", 0)["state"], &of("gru", 0)["seconds_left"]),
        (&"finished".into(), &0.0.into())
    );
    assert_eq!(of("gru", 1)["seconds"], 600.0);
    assert_eq!(of("gru", 1)["seconds_from"], "same-configuration");
    assert_eq!(of("no | recurrence", 1)["seconds_from"], "probe");
    assert_eq!(
        (&printed["by_state"]["finished"], &printed["by_state"]["missing"]),
        (&1.into(), &3.into())
    );
    let wall = printed["time"]["wall_seconds"].as_f64().unwrap();
    assert!((600.0..660.0).contains(&wall), "{wall}");

    // Twice the steps: no run of it, but one of its architecture.
    let other = json(&place, &["train.steps=20,40", "--no-probe"]);
    let longer = other["runs"].as_array().unwrap().iter().find(|run| run["steps"] == 40).unwrap();
    assert_eq!((&longer["arm"], &longer["seconds"]), (&"gru, steps=40".into(), &1200.0.into()));
    assert_eq!(longer["seconds_from"], "same-architecture");
    let third = place.run(&["plan", "small.toml", "train.steps=30", "--no-probe"]);
    assert!(third.stdout.contains("no longer planned: gru-"), "{}", third.stdout);

    let rest = place.run(&["run", "small.toml", "--jobs", "2", "--progress", "plain"]);
    assert!(
        rest.stderr.contains("by earlier runs: about 10 min 00 s with 2 jobs"),
        "{}",
        rest.stderr
    );
}

#[test]
fn json_has_the_plan_and_every_run_with_its_state() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let printed = json(&place, &["--no-probe"]);
    assert_eq!(printed["format"], 1);
    let plan: Plan = serde_json::from_value(printed["plan"].clone()).unwrap();
    assert_eq!(plan.conditions.len(), 2);
    assert_eq!(plan.conditions[0].identity, plan.conditions[0].config.identity());
    assert_eq!(printed["seeds"]["needed"], 6);
    assert_eq!(printed["runs"].as_array().unwrap().len(), 4);
    assert_eq!(printed["conditions"][1]["differs"][0]["to"], "feed_forward");

    // docs/for-programs.md names every key.
    let page = std::fs::read_to_string(crate::workspace().join("docs/for-programs.md")).unwrap();
    let objects = [&printed, &printed["conditions"][0], &printed["runs"][0], &printed["time"]];
    for key in objects.iter().flat_map(|object| object.as_object().unwrap().keys()) {
        assert!(page.contains(&format!("`{key}`")), "docs/for-programs.md does not name {key}");
    }
}

#[test]
fn many_runs_are_listed_when_asked_for() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let plan = |arguments: &[&str]| {
        let arguments = [&["plan", "small.toml", "seeds=20", "--no-probe"], arguments].concat();
        place.run(&arguments).stdout
    };
    let short = plan(&[]);
    assert!(short.ends_with("--runs lists the 40 runs one by one\n"), "{short}");
    assert!(block(&short, "run ").is_empty());
    assert_eq!(block(&plan(&["--runs"]), "run ").len(), 41);
    assert!(short.contains("note: 20 seeds can show a difference at the 5 % level: 1 comparison"));
}

/// A value that is a list: one for an arm, several for a sweep, and what is wrong in one by its item.
#[test]
fn lists_are_values() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    let plan = |overrides: &[&str]| {
        let first = [
            "plan",
            "small.toml",
            "--no-probe",
            "model.architecture=interleaved",
            "model.hidden=8",
        ];
        place.run(&[&first, overrides].concat())
    };
    let two = plan(&["model.interleaved.layers=[[\"recurrent\"],[\"attention\",\"recurrent\"]]"]);
    assert_eq!(two.code, 0, "{}", two.stderr);
    for arm in ["gru, layers=[recurrent]", "gru, layers=[attention,recurrent]"] {
        assert!(two.stdout.contains(arm), "{}", two.stdout);
    }
    let arms = |layers: &str| {
        let changed = format!(
            "{SMALL}\n[[arm]]\nname = \"deep\"\nmodel.interleaved.layers = {layers}\nmodel.architecture = \"interleaved\"\n"
        );
        place.write("small.toml", &changed);
        let ended = plan(&[]);
        (ended.code, ended.stdout + &ended.stderr)
    };
    let (code, said) = arms("[\"recurrent\", \"recurrent\", \"recurrent\"]");
    assert_eq!(code, 0, "{said}");
    assert!(said.contains(r#"["recurrent","recurrent","recurrent"]"#), "{said}");
    for (layers, wrong) in [
        ("[]", "`model.interleaved.layers` has 0 items"),
        ("[\"recurent\"]", "did you mean \"recurrent\"?"),
        ("[3]", "`model.interleaved.layers` has the wrong type"),
        ("\"recurrent\"", "`model.interleaved.layers` has the wrong type"),
    ] {
        let (code, said) = arms(layers);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(wrong), "{layers}: {said}");
    }
}
