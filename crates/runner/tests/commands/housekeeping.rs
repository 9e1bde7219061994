//! Stale runs, folders that can go, a part of a sweep, and progress for programs.

use serde_json::Value;
use std::process::Stdio;

use store::SweepFolder;

use crate::{Place, SMALL};

#[test]
fn stale_runs_are_kept_refused_or_computed_anew_and_then_removed() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    assert_eq!(place.run(&["run", "small.toml"]).code, 0);
    assert!(!place.run(&["plan", "small.toml"]).stdout.contains("stale"));
    let sweep = SweepFolder::new(place.path("results/small"));
    let run = sweep.run(&sweep.plan().unwrap().conditions[0], 1);
    let provenance = run.provenance().unwrap().unwrap();
    assert!(provenance.peak_memory.is_none_or(|bytes| bytes > 1 << 20), "{provenance:?}");
    assert!(provenance.wall_seconds.unwrap() > 0.0);
    let other = store::Provenance { code: "other".into(), ..provenance.clone() };
    run.write_provenance(&other).unwrap();

    let plan = place.run(&["plan", "small.toml"]);
    assert!(plan.stdout.contains("stale: 1 runs, other code computed it"), "{}", plan.stdout);
    let refused = place.run(&["run", "small.toml", "--stale", "error"]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("gru on adding, seed 1: other code"), "{}", refused.stderr);
    let kept = place.run(&["run", "small.toml"]);
    assert_eq!(kept.code, 0);
    assert!(kept.stderr.contains("nothing to do: 4 of 4 runs are finished"), "{}", kept.stderr);
    let result = || run.result().unwrap().unwrap();
    let before = result();
    let rerun = place.run(&["run", "small.toml", "--stale", "rerun"]);
    assert_eq!(rerun.code, 0, "{}", rerun.stderr);
    assert_eq!(rerun.stderr.matches("] finished ").count(), 1, "{}", rerun.stderr);
    assert_eq!(run.provenance().unwrap().unwrap().code, provenance.code);
    assert_eq!((result().best, result().last), (before.best, before.last));

    let aside = run.path().with_file_name("seed-1.replaced-1");
    assert!(aside.join("result.json").exists());
    assert_eq!(place.run(&["clean", "results/small"]).code, 2);
    let clean =
        |option: &[&str]| place.run(&[&["clean", "results/small", "--unplanned"], option].concat());
    assert!(clean(&["--dry-run"]).stdout.contains("seed-1.replaced-1  replaced"));
    assert!(aside.exists());
    assert_eq!((clean(&[]).code, aside.exists()), (0, false));
    assert_eq!(clean(&[]).stdout, "");
}

#[test]
fn the_parts_of_a_sweep_are_all_of_it_and_say_so_in_json() {
    let place = Place::new();
    place.write("small.toml", SMALL);
    for shard in ["1/2", "2/2"] {
        let part = place.run(&["run", "small.toml", "--shard", shard, "--progress", "json"]);
        assert_eq!(part.code, 0, "{}", part.stderr);
        let lines: Vec<Value> =
            part.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines[0]["notice"], "sweep-started");
        let last = lines.last().unwrap();
        assert_eq!((&last["notice"], &last["finished"]), (&"sweep-ended".into(), &2.into()));
    }
    let all = place.run(&["run", "small.toml"]);
    assert!(all.stderr.contains("nothing to do: 4 of 4 runs are finished"), "{}", all.stderr);
    let nothing = place.run(&["run", "small.toml", "--progress", "json"]);
    assert_eq!(nothing.stdout, "", "standard output is for the lines alone");
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let place = Place::new();
    place.write("small.toml", &SMALL.replace("seeds = 2", "seeds = 3000"));
    let mut command = place.command(&["plan", "small.toml", "--no-probe", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr), (Some(0), vec![]));
}

#[test]
fn a_run_beyond_its_time_fails_with_its_state_saved() {
    let place = Place::new();
    place.write("small.toml", &SMALL.replace("steps = 20", "steps = 1000000"));
    let options = ["run", "small.toml", "--only", "arm=gru", "--timeout", "1s", "--fail-fast"];
    let output = place.run(&[&options[..], &["--jobs", "1"]].concat());
    assert_eq!(output.code, 100, "{}", output.stderr);
    assert!(output.stderr.contains("(timed out): it took more than 1s; its state after step"));
    let sweep = SweepFolder::new(place.path("results/small"));
    let run = sweep.run(&sweep.plan().unwrap().conditions[0], 0);
    assert!(!run.checkpoint_sets().unwrap().is_empty());
}
