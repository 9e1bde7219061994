//! Builds results folders with made-up scores.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};
use store::{
    Arm, Change, Condition, Event, EventKind, FailureClass, Metrics, Outcome, Plan, PlannedTask,
    Provenance, RunFolder, RunResult, Score, SweepFolder,
};

/// A results folder that is removed with it.
pub struct Sweep {
    folder: tempfile::TempDir,
    pub plan: Plan,
}

impl Sweep {
    /// Plans every arm (a name and the value it gives `model.gate`) on every task; the
    /// first arm is the baseline.
    pub fn new(arms: &[&str], tasks: Vec<PlannedTask>, seeds: &[u64]) -> Self {
        let mut plan = Plan {
            format: Plan::FORMAT,
            experiment: "gates".into(),
            source: None,
            question: "Which gate does a long lag need?".into(),
            baseline: arms[0].into(),
            seeds: seeds.to_vec(),
            tasks,
            arms: arms.iter().enumerate().map(arm).collect(),
            claims: vec![],
            conditions: vec![],
            rounds: None,
            seeds_before_results: None,
            seeding: store::Seeding::default(),
            budget: None,
            tuning: None,
            halving: None,
            keep: store::Keep::None,
            probes: None,
        };
        for task in 0..plan.tasks.len() {
            for arm in 0..plan.arms.len() {
                plan.conditions.push(condition(&plan, arm, task));
            }
        }
        let sweep = Self { folder: tempfile::tempdir().unwrap(), plan };
        sweep.write_plan();
        sweep
    }

    /// Writes the plan again after a test changed it.
    pub fn write_plan(&self) {
        self.folder().write_plan(&self.plan, "name = \"gates\"\n").unwrap();
    }

    pub fn folder(&self) -> SweepFolder {
        SweepFolder::new(self.folder.path())
    }

    pub fn run(&self, condition: usize, seed: u64) -> RunFolder {
        self.folder().run(&self.plan.conditions[condition], seed)
    }

    /// A finished run: validation by step as given, the test score at the best and at the
    /// last step 0.001 above it.
    pub fn finish(&self, condition: usize, seed: u64, curve: &[(u64, f64)]) -> RunResult {
        let metric = self.metric(condition);
        let score = |index: usize| Score {
            epoch: index as u64 + 1,
            step: curve[index].0,
            validation: metrics(&metric, curve[index].1),
            test: metrics(&metric, curve[index].1 + 0.001),
            parts: BTreeMap::new(),
        };
        let goal = self.plan.tasks[self.plan.conditions[condition].task].metric.goal;
        let best = (0..curve.len())
            .reduce(|best, new| if goal.better(curve[new].1, curve[best].1) { new } else { best })
            .unwrap();
        let result = RunResult {
            best: Some(score(best)),
            last: Some(score(curve.len() - 1)),
            ..self.result(condition, seed, Outcome::Completed, curve[curve.len() - 1].0)
        };
        self.write(condition, seed, curve, &[]);
        self.run(condition, seed).write_result(&result).unwrap();
        result
    }

    pub fn diverge(&self, condition: usize, seed: u64, curve: &[(u64, f64)], step: u64) {
        self.write(condition, seed, curve, &[]);
        let result = self.result(condition, seed, Outcome::Diverged { step }, step);
        self.run(condition, seed).write_result(&result).unwrap();
    }

    pub fn fail(&self, condition: usize, seed: u64, curve: &[(u64, f64)], message: &str) {
        let failed = EventKind::Failed { class: FailureClass::Panicked, message: message.into() };
        self.write(condition, seed, curve, &[failed]);
    }

    pub fn stop(&self, condition: usize, seed: u64, curve: &[(u64, f64)]) {
        self.write(condition, seed, curve, &[EventKind::Stopped { step: 1 }]);
    }

    pub fn metric(&self, condition: usize) -> String {
        self.plan.tasks[self.plan.conditions[condition].task].metric.name.clone()
    }

    fn result(&self, condition: usize, seed: u64, outcome: Outcome, steps: u64) -> RunResult {
        RunResult {
            format: RunResult::FORMAT,
            identity: self.plan.conditions[condition].identity.clone(),
            seed,
            outcome,
            best: None,
            last: None,
            weights: BTreeMap::new(),
            parameters: self.plan.conditions[condition].parameters,
            steps,
            train_seconds: 2.0 + seed as f64,
            total_seconds: 2.5 + seed as f64,
        }
    }

    /// Events and provenance of a run.
    fn write(&self, condition: usize, seed: u64, curve: &[(u64, f64)], last: &[EventKind]) {
        let run = self.run(condition, seed);
        let metric = self.metric(condition);
        let started = EventKind::Started { step: 0, steps: 100, parameters: 10 };
        let evaluated =
            curve.iter().enumerate().map(|(index, &(step, value))| EventKind::Evaluated {
                epoch: index as u64 + 1,
                step,
                training: metrics(&metric, value),
                validation: metrics(&metric, value),
                train_seconds: step as f64 / 100.0,
            });
        let kinds = std::iter::once(started).chain(evaluated).chain(last.iter().cloned());
        let lines = kinds.enumerate().map(|(index, kind)| {
            let event = Event { attempt: 1, time: 1000.0 + index as f64, kind };
            serde_json::to_string(&event).unwrap() + "\n"
        });
        fs::create_dir_all(run.path()).unwrap();
        fs::write(run.events_path(), lines.collect::<String>()).unwrap();
        run.write_provenance(&provenance(&self.plan, condition)).unwrap();
    }
}

pub fn provenance(plan: &Plan, condition: usize) -> Provenance {
    Provenance {
        format: Provenance::FORMAT,
        version: "0.1.0".into(),
        commit: "0123abc".into(),
        rustc: "1.95.0".into(),
        lock: "10c4f11e".into(),
        burn: "0.22.1".into(),
        backend: "flex".into(),
        device: "CPU".into(),
        cpu: "Example CPU @ 2 GHz".into(),
        instructions: "AVX2".into(),
        threads: 1,
        data: plan.tasks[plan.conditions[condition].task].checksum.clone(),
        command: "runner run experiments/gates.toml".into(),
        started: 1000.0,
        code: "c0de".into(),
        earlier: vec![],
        peak_memory: Some(50 << 20),
        wall_seconds: Some(2.5),
    }
}

/// A task that predicts the sum of two numbers far apart; lower is better.
pub fn adding() -> PlannedTask {
    task(json!({
        "label": "adding", "kind": "adding", "options": { "length": 50 },
        "metric": { "name": "loss", "goal": "minimize", "at": "best", "solved": { "below": 0.01 } },
        "summary": "The sum of two marked numbers, from 50 numbers of which two are marked.",
        "limits": "Shows whether a model carries a number over a lag; nothing about language.",
        "trivial": { "loss": 0.1667 }, "trivial_rule": "answering 1 always",
        "checksum": "adding-v1", "split_sizes": [0, 512, 2048],
    }))
}

/// A task in which higher is better.
pub fn parity() -> PlannedTask {
    task(json!({
        "label": "parity length=20", "kind": "parity", "options": { "length": 20 },
        "metric": { "name": "accuracy", "goal": "maximize", "at": "final" },
        "summary": "Whether a string of bits holds an odd number of ones.",
        "limits": "Needs one bit of state.",
        "trivial": { "accuracy": 0.5 }, "trivial_rule": "answering even always",
        "checksum": "parity-v1", "split_sizes": [10000, 1000, 20000],
    }))
}

fn task(value: Value) -> PlannedTask {
    serde_json::from_value(value).unwrap()
}

fn metrics(name: &str, value: f64) -> Metrics {
    BTreeMap::from([(name.to_owned(), value)])
}

fn arm((index, &name): (usize, &&str)) -> Arm {
    let change = Change {
        key: "model.lstm.forget_gate".into(),
        from: Some(json!("learned")),
        to: json!(format!("variant-{index}")),
    };
    let changes = if index == 0 { vec![] } else { vec![change] };
    Arm { name: name.into(), architecture: "lstm".into(), changes, point: None }
}

fn condition(plan: &Plan, arm: usize, task: usize) -> Condition {
    let planned = &plan.tasks[task];
    let config: store::RunConfig = serde_json::from_value(json!({
        "format": 1, "backend": "flex",
        "task": { "kind": planned.kind, "metric": planned.metric.name,
                  "goal": planned.metric.goal, "options": planned.options },
        "model": { "architecture": "lstm", "hidden": 16, "options": { "variant": arm } },
        "train": { "steps": 100, "learning_rate": 0.001 },
    }))
    .unwrap();
    let identity = config.identity();
    let folder = format!("arm{arm}-{}", &identity[..8]);
    Condition {
        arm,
        task,
        folder,
        identity,
        parameters: 12_345_u64.saturating_sub(1000 * arm as u64).max(100),
        sizes: None,
        config,
    }
}
