//! A sweep folder for tests, written through `store`, with times that stand still.

use std::fs::OpenOptions;
use std::io::Write as _;

use schema::Options;
use serde_json::json;
use store::{
    Arm, Change, Condition, Event, EventKind, FailureClass, Goal, Metric, Metrics, Outcome, Plan,
    PlannedTask, ReadAt, Reading, RunConfig, RunFolder, RunLock, RunResult, Score, SweepFolder,
};
use tempfile::TempDir;

/// Optimizer steps of every run.
pub const STEPS: u64 = 1000;

/// Time at which everything starts, in seconds since the Unix epoch.
pub const START: f64 = 1_000_000.0;

/// A sweep in a temporary folder.
pub struct Sweep {
    temporary: TempDir,
    pub folder: SweepFolder,
    pub plan: Plan,
}

impl Sweep {
    /// A plan of every arm on every task; nothing has run.
    pub fn new(tasks: &[&str], arms: &[&str], seeds: u64) -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = SweepFolder::new(temporary.path());
        let conditions = (0..tasks.len())
            .flat_map(|task| (0..arms.len()).map(move |arm| condition(arm, task)))
            .collect();
        let plan = Plan {
            format: Plan::FORMAT,
            experiment: "gates-on-adding".into(),
            question: "Which LSTM gate does a long lag need?".into(),
            source: None,
            baseline: arms.first().copied().unwrap_or_default().into(),
            seeds: (0..seeds).collect(),
            tasks: tasks.iter().map(|label| task(label)).collect(),
            arms: arms.iter().enumerate().map(|(index, name)| arm(index, name)).collect(),
            claims: vec![],
            conditions,
            seeding: store::Seeding::default(),
            budget: None,
            tuning: None,
            halving: None,
            rounds: None,
            seeds_before_results: None,
            keep: store::Keep::None,
            probes: None,
        };
        folder.write_plan(&plan, "").unwrap();
        Self { temporary, folder, plan }
    }

    /// Replaces the plan on disk.
    pub fn rewrite_plan(&mut self, change: impl FnOnce(&mut Plan)) {
        change(&mut self.plan);
        self.folder.write_plan(&self.plan, "").unwrap();
    }

    /// Where the folder is.
    pub fn path(&self) -> &std::path::Path {
        self.temporary.path()
    }

    pub fn run(&self, task: usize, arm: usize, seed: u64) -> RunFolder {
        let is_it = |c: &&Condition| c.arm == arm && c.task == task;
        self.folder.run(self.plan.conditions.iter().find(is_it).unwrap(), seed)
    }
}

fn condition(arm: usize, task: usize) -> Condition {
    let config: RunConfig = serde_json::from_value(json!({
        "format": 1, "backend": "flex",
        "task": { "kind": "adding", "metric": "loss", "goal": "minimize", "options": {} },
        "model": { "architecture": "lstm", "hidden": 64, "options": {} },
        "train": { "steps": STEPS },
    }))
    .unwrap();
    Condition {
        arm,
        task,
        identity: format!("{arm:04}{task:04}"),
        folder: format!("arm-{arm:04}{task:04}"),
        sizes: None,
        parameters: 17_217 + arm as u64,
        config,
    }
}

fn task(label: &str) -> PlannedTask {
    let metric =
        Metric { name: "loss".into(), goal: Goal::Minimize, at: ReadAt::Best, solved: None };
    PlannedTask {
        label: label.into(),
        kind: "adding".into(),
        options: Options::new(),
        metric,
        summary: String::new(),
        limits: String::new(),
        trivial: [("loss".into(), 0.1667)].into(),
        trivial_rule: String::new(),
        checksum: String::new(),
        split_sizes: [0, 2, 2],
        parts: Vec::new(),
    }
}

fn arm(index: usize, name: &str) -> Arm {
    let change = Change {
        key: "model.lstm.forget_gate".into(),
        from: Some("learned".into()),
        to: "always-one".into(),
    };
    let changes = if index == 0 { vec![] } else { vec![change] };
    Arm { name: name.into(), architecture: "lstm".into(), changes, point: None }
}

/// Appends events of one attempt, `time` in seconds after [`START`].
pub fn append(run: &RunFolder, attempt: u32, events: impl IntoIterator<Item = (f64, EventKind)>) {
    std::fs::create_dir_all(run.path()).unwrap();
    let mut file = OpenOptions::new().create(true).append(true).open(run.events_path()).unwrap();
    for (time, kind) in events {
        let event = Event { attempt, time: START + time, kind };
        writeln!(file, "{}", serde_json::to_string(&event).unwrap()).unwrap();
    }
}

pub fn started(step: u64) -> EventKind {
    EventKind::Started { step, steps: STEPS, parameters: 17_217 }
}

pub fn progress(step: u64, loss: f64) -> EventKind {
    EventKind::Progress { step, loss, steps_per_second: 412.0 }
}

/// An evaluation every 50 steps.
pub fn evaluated(step: u64, loss: f64) -> EventKind {
    let validation: Metrics = [("loss".into(), loss), ("accuracy".into(), 1.0 - loss)].into();
    EventKind::Evaluated {
        epoch: step / 50,
        step,
        training: validation.clone(),
        validation,
        train_seconds: step as f64 / 400.0,
    }
}

/// A look inside: the gradient falls by `rate` a step of lag.
pub fn probed(step: u64, rate: f64) -> EventKind {
    let lags: Vec<f64> = (0..=20).map(f64::from).collect();
    let by_lag = Reading {
        kind: Reading::GRADIENT_BY_LAG.into(),
        of: "layer 1".into(),
        values: lags.iter().map(|lag| (-rate * lag).exp()).collect(),
        at: lags,
    };
    let saturated = Reading {
        kind: Reading::SATURATED.into(),
        of: "layer 1 f".into(),
        values: vec![0.05, rate / 10.0],
        at: vec![0.0, 1.0],
    };
    let radius = Reading::number(Reading::SPECTRAL_RADIUS, "layer 1", 1.0 - rate);
    let norm = Reading::number(Reading::HIDDEN_NORM, "layer 1", 2.5);
    EventKind::Probed { step, readings: vec![by_lag, saturated, radius, norm] }
}

pub fn failed(message: &str) -> EventKind {
    EventKind::Failed { class: FailureClass::Panicked, message: message.into() }
}

/// A first attempt from `time` on, 0.01 s a step, up to `step`, with a loss that falls
/// from 0.2 at `rate`.
pub fn train(run: &RunFolder, time: f64, step: u64, rate: f64) {
    let loss = |step: u64| 0.2 * (-rate * step as f64 / STEPS as f64).exp();
    let at = |step: u64| time + step as f64 * 0.01;
    append(run, 1, [(time, started(0))]);
    append(
        run,
        1,
        (1..=step / 50).map(|epoch| (at(epoch * 50), evaluated(epoch * 50, loss(epoch * 50)))),
    );
    append(run, 1, [(at(step), progress(step, loss(step)))]);
}

/// Writes the result of a run that took `seconds`.
pub fn finish(run: &RunFolder, outcome: Outcome, seconds: f64) {
    let steps = match outcome {
        Outcome::Completed => STEPS,
        Outcome::Diverged { step }
        | Outcome::StoppedEarly { step }
        | Outcome::StoppedAtRung { step } => step,
    };
    run.write_result(&RunResult {
        format: RunResult::FORMAT,
        identity: String::new(),
        seed: 0,
        outcome,
        best: None,
        last: None,
        weights: std::collections::BTreeMap::new(),
        parameters: 17_217,
        steps,
        train_seconds: seconds,
        total_seconds: seconds,
    })
    .unwrap();
}

/// Writes a whole result of a run on the first task, as the report believes it.
pub fn score(sweep: &Sweep, arm: usize, seed: u64, loss: f64) {
    let condition = sweep.plan.conditions.iter().find(|it| it.arm == arm && it.task == 0).unwrap();
    let run = sweep.folder.run(condition, seed);
    finish(&run, Outcome::Completed, 10.0);
    let metrics: Metrics = [("loss".into(), loss)].into();
    let score = Score {
        epoch: 20,
        step: STEPS,
        validation: metrics.clone(),
        test: metrics,
        parts: std::collections::BTreeMap::new(),
    };
    let result = run.result().unwrap().unwrap();
    let (best, last, identity) = (Some(score.clone()), Some(score), condition.identity.clone());
    run.write_result(&RunResult { best, last, identity, seed, ..result }).unwrap();
}

/// A sweep in the middle: every state occurs. The locks keep its runs running.
pub fn midway() -> (Sweep, Vec<RunLock>) {
    let sweep = Sweep::new(&["adding", "copy"], &["lstm", "no forget gate", "gru"], 3);
    let mut locks = vec![sweep.folder.join(&sweep.plan, "").unwrap()];
    for (arm, seed, rate) in [(0, 0, 4.0), (0, 1, 4.5), (2, 0, 6.0)] {
        let run = sweep.run(0, arm, seed);
        train(&run, 0.0, STEPS, rate);
        finish(&run, Outcome::Completed, 10.0);
    }
    let diverged = sweep.run(0, 1, 0);
    train(&diverged, 0.0, 430, -0.5);
    finish(&diverged, Outcome::Diverged { step: 431 }, 4.3);
    let broken = sweep.run(0, 1, 1);
    train(&broken, 5.0, 200, 0.2);
    append(&broken, 1, [(8.0, failed("index out of bounds: the len is 3"))]);
    train(&sweep.run(0, 2, 1), 10.0, 300, 5.0);
    for (arm, step) in [(0, 450), (1, 120)] {
        let run = sweep.run(0, arm, 2);
        train(&run, 10.0, step, if arm == 0 { 5.0 } else { 0.1 });
        locks.push(run.lock().unwrap());
    }
    (sweep, locks)
}

/// Lets a lock go and waits until it is seen to be free: a process that a test beside this
/// one starts holds a copy of every open file for a moment.
pub fn let_go<T>(locks: T, is_held: impl Fn() -> bool) {
    drop(locks);
    while is_held() {
        std::thread::yield_now();
    }
}
