//! A sweep folder for tests, written through `store`, with times that stand still.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use store::{
    Condition, Event, EventKind, FailureClass, Metrics, Outcome, Plan, RunFolder, SweepFolder,
};
use tempfile::TempDir;

/// Time at which everything starts, in seconds since the Unix epoch.
pub(crate) const START: f64 = 1_000_000.0;

pub(crate) struct Sweep {
    temporary: TempDir,
    pub(crate) folder: SweepFolder,
    pub(crate) plan: Plan,
}

impl Sweep {
    /// A plan of every arm on every task; nothing has run.
    pub(crate) fn new(tasks: &[&str], arms: &[&str], seeds: u64) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = SweepFolder::new(temporary.path());
        let each = (0..tasks.len()).flat_map(|task| (0..arms.len()).map(move |arm| (arm, task)));
        let plan: Plan = serde_json::from_value(json!({
            "format": Plan::FORMAT, "experiment": "gates / \"on\" adding ü", "question": "",
            "baseline": arms[0], "seeds": (0..seeds).collect::<Vec<_>>(), "claims": [],
            "tasks": tasks.iter().map(|label| task(label)).collect::<Vec<_>>(),
            "arms": arms.iter().map(|name| arm(name)).collect::<Vec<_>>(),
            "conditions": each.map(|(arm, task)| condition(arm, task)).collect::<Vec<_>>(),
        }))
        .unwrap();
        folder.write_plan(&plan, "").unwrap();
        Self { temporary, folder, plan }
    }

    pub(crate) fn path(&self) -> &Path {
        self.temporary.path()
    }

    pub(crate) fn run(&self, task: usize, arm: usize, seed: u64) -> RunFolder {
        let is_it = |c: &&Condition| c.arm == arm && c.task == task;
        self.folder.run(self.plan.conditions.iter().find(is_it).unwrap(), seed)
    }
}

fn condition(arm: usize, task: usize) -> Value {
    json!({
        "arm": arm, "task": task, "identity": format!("{arm:04}{task:04}"),
        "folder": format!("arm-{arm:04}{task:04}"), "parameters": 17,
        "config": {
            "format": 1, "backend": "flex",
            "task": { "kind": "adding", "metric": "loss", "goal": "minimize",
                      "options": { "length": 50, "lengths": [1, 2] } },
            "model": { "architecture": "lstm", "hidden": 64,
                       "options": { "a.b": "é\n2", "a": {"b": 1} } },
            "train": { "steps": 1000, "learning_rate": 0.001 },
        },
    })
}

fn task(label: &str) -> Value {
    json!({
        "label": label, "kind": "adding", "options": {}, "summary": "", "limits": "", "trivial": {},
        "trivial_rule": "", "checksum": "", "split_sizes": [0, 2, 2],
        "metric": { "name": "loss", "goal": "minimize", "at": "best" },
    })
}

fn arm(name: &str) -> Value {
    json!({ "name": name, "architecture": "lstm", "changes": [] })
}

/// An event as a line of `events.jsonl`, `time` in seconds after [`START`].
pub(crate) fn line(attempt: u32, time: f64, kind: EventKind) -> String {
    serde_json::to_string(&Event { attempt, time: START + time, kind }).unwrap() + "\n"
}

/// Appends text to the events of a run.
pub(crate) fn append_text(run: &RunFolder, text: &str) {
    std::fs::create_dir_all(run.path()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(run.events_path()).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Appends events of one attempt, a second each from `time` on.
pub(crate) fn append(
    run: &RunFolder,
    attempt: u32,
    time: f64,
    events: impl IntoIterator<Item = EventKind>,
) {
    for (second, kind) in events.into_iter().enumerate() {
        append_text(run, &line(attempt, time + second as f64, kind));
    }
}

pub(crate) fn started(step: u64) -> EventKind {
    EventKind::Started { step, steps: 1000, parameters: 17 }
}

/// An evaluation every 50 steps.
pub(crate) fn evaluated(step: u64, loss: f64) -> EventKind {
    let validation: Metrics = [("loss".into(), loss), ("f1 / ü".into(), 1.0 - loss)].into();
    EventKind::Evaluated {
        epoch: step / 50,
        step,
        training: [("loss".into(), loss / 2.0)].into(),
        validation,
        train_seconds: 1.0,
    }
}

pub(crate) fn finished() -> EventKind {
    EventKind::Finished { outcome: Outcome::Completed }
}

pub(crate) fn failed() -> EventKind {
    EventKind::Failed { class: FailureClass::Panicked, message: "index out of \"bounds\"".into() }
}

/// Names that are hard on file systems, YAML and MLflow.
pub(crate) fn hard_names() -> Vec<String> {
    let hard = [
        "lstm",
        "LSTM",
        "a/b",
        "a-b",
        "a\\b",
        "\"quoted\": 'x' #",
        "門 ±2 \u{1F600}",
        "..",
        ".hidden",
        "%41",
        "line\nfeed\r\t",
        "\0\u{1B}[2J\u{202E}\u{85}\u{2028}\u{FFFE}",
        " edge ",
        "-",
    ];
    let long = ["x".repeat(300), "門".repeat(300)];
    hard.iter().map(|&name| name.to_owned()).chain(long).collect()
}
