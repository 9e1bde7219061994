//! A thousand workers on one folder, with the latency of a file server.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use crate::{Place, trainer};

/// Runners, and workers of each.
const RUNNERS: usize = 10;
const JOBS: usize = 100;

/// Made by hand, since it takes a minute and says times:
/// `cargo test -p scheduler --test sweeps thousand -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn a_thousand_workers_run_everything_once() {
    let library = tempfile::tempdir().unwrap();
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sweeps/latency.c");
    let shim = library.path().join("latency.so");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&shim).arg(source).arg("-ldl");
    assert!(cc.status().unwrap().success());
    // Alone, to see what a run asks for when nobody is in its way.
    let short = measure(&shim, 20, [1, 2], 50.0, "0");
    println!("20 runs, 1 runner of 2 workers: {:.0} operations a run", short.operations / 20.0);
    for latency in ["0", "1000"] {
        let Measured { seconds, operations } =
            measure(&shim, 2000, [RUNNERS, JOBS], 500.0, latency);
        println!(
            "2000 runs of 10 s, {RUNNERS} runners of {JOBS} workers, {latency} µs an operation: \
             {seconds:.1} s, {:.0} operations a run, {:.0} a second",
            operations / 2000.0,
            operations / seconds
        );
        assert!(seconds < 300.0);
    }
}

struct Measured {
    seconds: f64,
    operations: f64,
}

/// So many runs of twenty steps of `sleep` milliseconds, in which nothing but files keeps the processors
/// busy, by runners with workers that all may do any of them.
fn measure(
    shim: &Path,
    runs: usize,
    [runners, jobs]: [usize; 2],
    sleep: f64,
    latency: &str,
) -> Measured {
    let behaviours: Vec<Value> =
        (0..runs).map(|name| json!({ "name": name, "sleep": sleep })).collect();
    let place = Place::new(&json!(behaviours));
    let counts = place.path().with_extension("count");
    let begun = Instant::now();
    let all: Vec<_> = (0..runners)
        .map(|_| {
            let mut command = Command::new(trainer());
            command.arg("run").arg(place.path()).arg(format!("{{\"jobs\": {jobs}}}"));
            command.env_remove("SLURM_JOB_ID").env("LD_PRELOAD", shim);
            command.env("LATENCY_US", latency).env("LATENCY_COUNT", &counts);
            command.env("LATENCY_BELOW", place.path());
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    for mut runner in all {
        let code = runner.wait().unwrap().code();
        // One that finds all that is left in others' hands says so.
        assert!(matches!(code, Some(0 | 75)), "{code:?}");
    }
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(place.results().len(), runs);
    let attempts = (0..runs).map(|run| {
        let events = place.run(run).events().unwrap();
        events.iter().map(|event| event.attempt).max().unwrap()
    });
    assert_eq!(attempts.max(), Some(1), "nothing was begun twice");
    let text = std::fs::read_to_string(&counts).unwrap();
    std::fs::remove_file(&counts).unwrap();
    let operations = text.lines().map(|line| line.parse::<f64>().unwrap()).sum();
    Measured { seconds, operations }
}
