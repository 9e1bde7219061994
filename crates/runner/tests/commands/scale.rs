//! `plan` and `status` of ten thousand runs, as whole processes.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use store::{Condition, Of, Plan, Submission, SubmittedRun, SubmittedStage, SweepFolder};

use crate::{Place, SMALL, ended, workspace};

/// Of five runs two are finished, one of them stale, one failed, one stopped, one missing.
fn write(sweep: &SweepFolder, condition: &Condition, seed: u64, number: usize, lines: &str) {
    if number % 5 == 3 {
        return;
    }
    let run = sweep.run(condition, seed);
    fs::create_dir_all(run.path()).unwrap();
    fs::write(run.path().join(".lock"), "").unwrap();
    fs::write(run.log_path(), "").unwrap();
    fs::write(run.path().join("config.toml"), toml::to_string(&condition.config).unwrap()).unwrap();
    let last = match number % 5 {
        1 => r#"{"attempt":1,"time":3.5,"event":"failed","class":"killed","message":"signal: 9"}"#,
        _ => r#"{"attempt":1,"time":3.5,"event":"stopped","step":400}"#,
    };
    fs::write(run.events_path(), format!("{lines}{last}\n")).unwrap();
    let provenance = json!({
        "format": 3, "version": "0.1.0", "commit": "unknown", "rustc": "1.95.0", "lock": "",
        "burn": "0.22.1", "backend": "flex", "device": "CPU", "cpu": "x86_64",
        "instructions": "AVX2", "threads": 1, "data": "d", "command": "run x.toml",
        "started": 3.5, "code": if number % 5 == 4 { "old" } else { "new" },
    });
    fs::write(run.path().join("provenance.json"), provenance.to_string()).unwrap();
    if matches!(number % 5, 0 | 4) {
        let score = json!({ "epoch": 30, "step": 6000, "validation": { "loss": 0.25 },
                            "test": { "loss": 0.5 } });
        let result = json!({
            "format": 1, "identity": condition.identity, "seed": seed,
            "outcome": { "kind": "completed" }, "best": score, "last": score,
            "parameters": condition.parameters, "steps": 20, "train_seconds": 40.5,
            "total_seconds": 41.5,
        });
        fs::write(run.path().join("result.json"), result.to_string()).unwrap();
    }
}

/// Seconds and bytes of memory of a command, the best of a few.
fn measure(place: &Place, arguments: &[&str]) -> (f64, u64) {
    let runs: Vec<_> = (0..5).map(|_| timed(&mut place.command(arguments))).collect();
    let seconds = runs.iter().map(|run| run.0).fold(f64::INFINITY, f64::min);
    (seconds, runs.iter().map(|run| run.1).max().unwrap_or(0))
}

/// Seconds and bytes of memory of a command, once.
fn timed(command: &mut Command) -> (f64, u64) {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%e %M"])
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .expect("/usr/bin/time, of the package time");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{text}");
    let (seconds, kibibytes) = text.lines().last().unwrap().split_once(' ').unwrap();
    (seconds.parse().unwrap(), kibibytes.parse::<u64>().unwrap() * 1024)
}

/// A machine that is busy with other things would spoil the measurement, so it is made by
/// hand: `cargo test --workspace --test commands -- scale --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn plan_and_status_of_ten_thousand_runs_take_less_than_a_second() {
    for (seeds, widths) in [(10, 10), (1, 100)] {
        let place = Place::new();
        let rates: Vec<_> = (1..=100).map(|rate| (f64::from(rate) / 1000.0).to_string()).collect();
        let widths: Vec<_> = (1..=widths).map(|hidden: u32| hidden.to_string()).collect();
        let axes = format!(
            "\n[grid]\nmodel.hidden = [{}]\ntrain.learning_rate = [{}]\n",
            widths.join(", "),
            rates.join(", ")
        );
        let text = SMALL.split("[[arm]]").next().unwrap();
        let text = text.replace("seeds = 2", &format!("seeds = {seeds}")) + &axes;
        place.write("many.toml", &text);
        let points = widths.len() * rates.len();
        let say = |what: &str, arguments: &[&str]| {
            let (seconds, bytes) = measure(&place, arguments);
            println!(
                "{points} points, {seeds} seeds: {what}: {seconds:.2} s, {} MB",
                bytes / 1_000_000
            );
            assert!(seconds < 1.0, "{seconds}");
            assert!(bytes < 200_000_000, "{bytes}");
        };
        say("plan of nothing done", &["plan", "many.toml", "--no-probe"]);
        let printed = place.run(&["plan", "many.toml", "--no-probe", "--format", "json"]);
        let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
        let plan: Plan = serde_json::from_value(printed["plan"].clone()).unwrap();
        assert_eq!(plan.runs().count(), 10_000);
        let sweep = SweepFolder::new(place.path("results/small"));
        sweep.write_plan(&plan, &text).unwrap();
        let progress = (0..40).map(|step| {
            json!({ "attempt": 1, "time": 2.5, "event": "progress", "step": step, "loss": 0.25,
                    "steps_per_second": 90.5 })
        });
        let lines = progress.map(|line| line.to_string() + "\n").collect::<String>();
        for (number, (index, seed)) in plan.runs().enumerate() {
            write(&sweep, &plan.conditions[index], seed, number, &lines);
        }
        say("plan", &["plan", "many.toml"]);
        say("plan of every run", &["plan", "many.toml", "--runs"]);
        say("plan as JSON", &["plan", "many.toml", "--format", "json"]);
        say("status", &["status", "results/small"]);
    }
}

/// What a command takes: seconds, bytes of memory, and operations that a file server would be asked for,
/// each of which takes `latency` microseconds longer.
fn measure_with(place: &Place, arguments: &[&str], latency: &str) -> (f64, u64, u64) {
    let shim = place.path("latency.so");
    if !shim.exists() {
        let source = workspace().join("crates/scheduler/tests/sweeps/latency.c");
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(&shim).arg(source).arg("-ldl");
        assert!(cc.status().unwrap().success());
    }
    let count = place.path("count");
    fs::remove_file(&count).ok();
    let mut command = place.command(arguments);
    command.env("LD_PRELOAD", &shim).env("LATENCY_US", latency).env("LATENCY_COUNT", &count);
    let (seconds, bytes) = timed(command.env("LATENCY_BELOW", place.path("results")));
    let counts = fs::read_to_string(&count).unwrap();
    // `time` itself, and every process that the command starts, has a line.
    let operations = counts.lines().map(|line| line.parse::<u64>().unwrap()).sum();
    (seconds, bytes, operations)
}

/// Made by hand, since it takes minutes and says times:
/// `cargo test --workspace --test commands -- hundred_thousand --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn a_hundred_thousand_runs_on_a_file_server() {
    let place = Place::new();
    let rates: Vec<_> = (1..=100).map(|rate| (f64::from(rate) / 1000.0).to_string()).collect();
    let axes = format!("\n[grid]\ntrain.learning_rate = [{}]\n", rates.join(", "));
    let text = SMALL.split("[[arm]]").next().unwrap();
    let text = text.replace("seeds = 2", "seeds = 1000") + &axes;
    place.write("many.toml", &text);
    let printed = place.run(&["plan", "many.toml", "--no-probe", "--format", "json"]);
    let printed: Value = serde_json::from_str(&printed.stdout).unwrap();
    let plan: Plan = serde_json::from_value(printed["plan"].clone()).unwrap();
    assert_eq!(plan.runs().count(), 100_000);
    let sweep = SweepFolder::new(place.path("results/small"));
    sweep.write_plan(&plan, &text).unwrap();
    let submitted = submitted(&place, &sweep);
    for (number, (index, seed)) in plan.runs().enumerate() {
        write(&sweep, &plan.conditions[index], seed, number, "");
    }
    for latency in ["0", "200"] {
        let say = |what: &str, arguments: &[&str]| {
            let (seconds, bytes, operations) = measure_with(&place, arguments, latency);
            println!(
                "{latency} µs an operation: {what}: {seconds:.1} s, {} MB, {operations} operations",
                bytes / 1_000_000
            );
        };
        say("status", &["status", "results/small"]);
        say("submit --dry-run", &["submit", "many.toml", "--dry-run", "--max-array", "1000"]);
        say("report", &["report", "results/small", "--format", "md,json,csv", "--to", "report"]);
        // A task of one run that is missing, among all others.
        let runs = vec![SubmittedRun { of: Of::Condition(3), seed: 0 }];
        let stage = SubmittedStage { name: "main".into(), job: "1".into(), tasks: vec![runs] };
        let submission = Submission { stages: vec![stage], ..submitted.clone() };
        sweep.write_submission(2, &submission).unwrap();
        say("a task of one run", &["run", "many.toml", "--task", "2/0/0", "--progress", "none"]);
        let run = sweep.run(&plan.conditions[3], 0);
        assert!(run.result().unwrap().is_some());
        fs::remove_dir_all(run.path()).unwrap();
    }
}

/// A submission of the sweep, to a Slurm that only gives numbers.
fn submitted(place: &Place, sweep: &SweepFolder) -> Submission {
    use std::os::unix::fs::PermissionsExt as _;

    let program = place.path("bin/sbatch");
    fs::create_dir_all(place.path("bin")).unwrap();
    fs::write(&program, "#!/bin/sh\necho 17\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = place.command(&["submit", "many.toml"]);
    let ended =
        ended(command.env("PATH", format!("{}:/usr/bin:/bin", place.path("bin").display())));
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    sweep.submission(1).unwrap().unwrap()
}
