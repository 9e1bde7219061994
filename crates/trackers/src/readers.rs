//! What the readers of the trackers' own makers read of what was written.
//!
//! They run where the Python of `UNROLL_PYTHON`, or `python3`, has them, and say "skipped" where it
//! has not; `UNROLL_REQUIRE_TRACKERS=1` makes that a failure.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::fixture::{Sweep, append, evaluated, failed, finished, hard_names, started};
use crate::{Follower, Kind};

/// What a script prints, as JSON; `None`, said aloud, where Python cannot import what it needs.
fn python(needs: &str, script: &str, sweep: &Sweep) -> Option<Value> {
    let program = std::env::var("UNROLL_PYTHON").unwrap_or_else(|_| "python3".into());
    let run = |script: &str| -> std::io::Result<Output> {
        let mut command = Command::new(&program);
        command.args(["-c", script]).arg(sweep.path()).env("MLFLOW_ALLOW_FILE_STORE", "true");
        command.output()
    };
    if !run(needs).is_ok_and(|it| it.status.success()) {
        let required = std::env::var_os("UNROLL_REQUIRE_TRACKERS").is_some();
        assert!(!required, "UNROLL_REQUIRE_TRACKERS is set and {program} cannot `{needs}`");
        eprintln!("skipped: {program} cannot `{needs}`");
        return None;
    }
    let output = run(script).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// One run with two attempts that overlap, one that failed, and hard names; told in pieces.
fn told(kind: Kind) -> Sweep {
    let names = hard_names();
    let arms: Vec<&str> = names.iter().map(String::as_str).collect();
    let sweep = Sweep::new(&["a/b"], &arms, 1);
    let look = || {
        let follower = Follower::new(&sweep.folder, vec![kind.tracker(&sweep.folder)]);
        follower.finish(&mut |warning| panic!("{warning}"));
    };
    for arm in 0..arms.len() {
        append(
            &sweep.run(0, arm, 0),
            1,
            0.0,
            [started(0), evaluated(50, 0.5), evaluated(100, 0.25)],
        );
    }
    look();
    append(&sweep.run(0, 0, 0), 2, 10.0, [started(50), evaluated(100, 0.375), finished()]);
    append(&sweep.run(0, 1, 0), 1, 10.0, [failed()]);
    look();
    sweep
}

#[test]
fn tensorboard_reads_its_files() {
    const SCRIPT: &str = r#"
import json, os, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
root = os.path.join(sys.argv[1], "tensorboard")
runs = EventMultiplexer().AddRunsFromDirectory(root).Reload().Runs()
# Its name is made longer: there is an arm LSTM.
one = next(name for name in sorted(runs) if name.startswith("lstm-"))
one = EventAccumulator(os.path.join(root, one))
one.Reload()
curves = {tag: [[e.step, e.wall_time, e.value] for e in one.Scalars(tag)] for tag in one.Tags()["scalars"]}
print(json.dumps({"runs": runs, "curves": curves}))
"#;
    let sweep = told(Kind::TensorBoard);
    let needs = "import tensorboard.backend.event_processing.event_accumulator";
    let Some(read) = python(needs, SCRIPT, &sweep) else { return };
    let runs = read["runs"].as_object().unwrap();
    assert_eq!(runs.len(), sweep.plan.arms.len());
    for tags in runs.values() {
        assert_eq!(tags["scalars"].as_array().unwrap().len(), 3);
    }
    // The step of the attempt that was cut off is gone.
    assert_eq!(
        read["curves"],
        json!({
            "training/loss": [[50, 1_000_001.0, 0.25], [100, 1_000_011.0, 0.1875]],
            "validation/loss": [[50, 1_000_001.0, 0.5], [100, 1_000_011.0, 0.375]],
            "validation/f1 / ü": [[50, 1_000_001.0, 0.5], [100, 1_000_011.0, 0.625]],
        })
    );
}

#[test]
fn mlflow_reads_its_store() {
    const SCRIPT: &str = r#"
import json, os, pathlib, sys
from mlflow import MlflowClient
client = MlflowClient(pathlib.Path(sys.argv[1], "mlruns").absolute().as_uri())
found = {}
experiments = client.search_experiments()
for experiment in experiments:
    for run in client.search_runs([experiment.experiment_id], max_results=1000):
        history = {key: [[m.timestamp, m.value, m.step] for m in client.get_metric_history(run.info.run_id, key)]
                   for key in run.data.metrics}
        tags = dict(run.data.tags)
        found[tags["arm"]] = {"name": run.info.run_name, "status": run.info.status, "start": run.info.start_time,
                              "end": run.info.end_time, "params": run.data.params, "tags": tags, "history": history}
best = client.search_runs([e.experiment_id for e in experiments],
                          "tags.arm = 'lstm' and params.`train.steps` = '1000' and metrics.`validation/loss` < 0.4")
print(json.dumps({"experiments": [e.name for e in experiments], "runs": found, "best": len(best)}))
"#;
    let sweep = told(Kind::Mlflow);
    let Some(read) = python("import mlflow", SCRIPT, &sweep) else { return };
    assert_eq!(read["experiments"], json!([sweep.plan.experiment]));
    assert_eq!(read["best"], 1);
    let runs = read["runs"].as_object().unwrap();
    assert_eq!(runs.len(), sweep.plan.arms.len());
    for arm in &sweep.plan.arms {
        let run = &runs[&arm.name];
        assert_eq!(run["name"], format!("{}/a/b/seed-0", arm.name));
        assert_eq!(run["tags"]["task"], "a/b");
        assert_eq!(run["params"]["model.hidden"], "64");
        let texts = run["params"].as_object().unwrap().values();
        assert!(texts.clone().any(|it| it == "é\n2"), "{texts:?}");
        assert_eq!(run["history"].as_object().unwrap().len(), 3);
    }
    let [first, second, third] = ["lstm", "LSTM", "a/b"].map(|arm| &runs[arm]);
    assert_eq!(
        (&first["status"], &first["tags"]["outcome"]),
        (&json!("FINISHED"), &json!("completed"))
    );
    assert_eq!((&first["start"], &first["end"]), (&json!(1_000_000_000), &json!(1_000_012_000)));
    assert_eq!(
        first["history"]["validation/loss"],
        json!([[1_000_001_000, 0.5, 50], [1_000_011_000, 0.375, 100]])
    );
    assert_eq!(
        (&second["status"], &second["tags"]["outcome"]),
        (&json!("FAILED"), &json!("failed"))
    );
    assert_eq!((&third["status"], &third["tags"].get("outcome")), (&json!("RUNNING"), &None));
}
