//! How long the dashboard takes for a large sweep: 1,000 runs with 1,000 points each.
//!
//!     cargo run --release -p dashboard --example frames
//!
//! Prints the time to read the folder, that of a frame of each screen at 120 columns by 40 rows, that of
//! an update where nothing is new, and the memory that the process holds at the end.

use std::time::{Duration, Instant};

use dashboard::{Owner, SweepView};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::crossterm::event::KeyCode;
use serde_json::json;
use store::{EventKind, Metrics, Outcome, Plan, RunResult, Score, SweepFolder};

const ARMS: usize = 100;
const SEEDS: u64 = 10;
const POINTS: u64 = 1000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let sweep = SweepFolder::new(folder.path());
    let plan = plan()?;
    sweep.write_plan(&plan, "")?;
    for condition in &plan.conditions {
        for &seed in &plan.seeds {
            write_run(&sweep, condition, seed)?;
        }
    }
    let start = Instant::now();
    let mut view = SweepView::open(&sweep, Owner::Watcher)?;
    while !view.state().is_read() {
        view.update();
    }
    println!("reading {} runs of {POINTS} points: {:.2?}", ARMS * SEEDS as usize, start.elapsed());
    let mut terminal = Terminal::new(TestBackend::new(120, 40))?;
    for (key, name) in [('1', "sweep"), ('2', "curves"), ('3', "run"), ('4', "gradients")] {
        view.handle_key(KeyCode::Char(key).into());
        let frame = median(|| {
            // Every frame finds something new.
            terminal.draw(|frame| view.draw(frame)).map(drop)
        })?;
        println!("a frame of {name}: {frame:.2?}");
    }
    view.handle_key(KeyCode::Char('1').into());
    let update = median(|| {
        view.update();
        Ok(())
    })?;
    println!("an update with nothing new, of which there is one a second: {update:.2?}");
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmRSS")).for_each(|line| println!("{line}"));
    }
    Ok(())
}

/// The median time of 21 calls.
fn median(
    mut call: impl FnMut() -> Result<(), std::convert::Infallible>,
) -> Result<Duration, std::convert::Infallible> {
    let mut times = Vec::new();
    for _ in 0..21 {
        let start = Instant::now();
        call()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[10])
}

fn plan() -> Result<Plan, serde_json::Error> {
    let names = (0..ARMS).map(|arm| format!("arm {arm}"));
    let arms: Vec<_> =
        names.map(|name| json!({ "name": name, "architecture": "lstm", "changes": [] })).collect();
    let condition = |arm: usize| {
        json!({
            "arm": arm, "task": 0, "folder": format!("arm-{arm}"), "identity": format!("{arm:08}"),
            "parameters": 17_217,
            "config": {
                "format": 1, "backend": "flex",
                "task": { "kind": "adding", "metric": "loss", "goal": "minimize", "options": {} },
                "model": { "architecture": "lstm", "hidden": 64, "options": {} },
                "train": { "steps": 10 * POINTS },
            },
        })
    };
    serde_json::from_value(json!({
        "format": Plan::FORMAT, "experiment": "frames", "question": "How fast is it?",
        "baseline": "arm 0", "seeds": (0..SEEDS).collect::<Vec<_>>(), "claims": [],
        "tasks": [{
            "label": "adding", "kind": "adding", "options": {}, "summary": "", "limits": "",
            "metric": { "name": "loss", "goal": "minimize", "at": "best" },
            "trivial": { "loss": 0.1667 }, "trivial_rule": "", "checksum": "", "split_sizes": [0, 2, 2],
        }],
        "arms": arms,
        "conditions": (0..ARMS).map(condition).collect::<Vec<_>>(),
    }))
}

fn write_run(
    sweep: &SweepFolder,
    condition: &store::Condition,
    seed: u64,
) -> Result<(), store::StoreError> {
    let run = sweep.run(condition, seed);
    drop(run.lock()?);
    let mut events = run.event_writer()?;
    events.append(EventKind::Started { step: 0, steps: 10 * POINTS, parameters: 17_217 })?;
    let mut last = Metrics::new();
    for epoch in 1..=POINTS {
        let value = 0.2 * (-(epoch as f64) / 200.0).exp() + 0.001 * seed as f64;
        last = [("loss".to_owned(), value)].into();
        events.append(EventKind::Evaluated {
            epoch,
            step: 10 * epoch,
            training: last.clone(),
            validation: last.clone(),
            train_seconds: 0.1 * epoch as f64,
        })?;
    }
    events.append(EventKind::Finished { outcome: Outcome::Completed })?;
    let score = Score {
        epoch: POINTS,
        step: 10 * POINTS,
        validation: last.clone(),
        test: last,
        parts: std::collections::BTreeMap::new(),
    };
    run.write_result(&RunResult {
        format: RunResult::FORMAT,
        identity: condition.identity.clone(),
        seed,
        outcome: Outcome::Completed,
        best: Some(score.clone()),
        last: Some(score),
        weights: std::collections::BTreeMap::new(),
        parameters: 17_217,
        steps: 10 * POINTS,
        train_seconds: 100.0,
        total_seconds: 100.0,
    })
}
