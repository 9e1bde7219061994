//! A run that only counts, and fails in every way that it is told to.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scheduler::{BUSY, Binding, UNWRITABLE, on_stop};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGILL, SIGKILL};
use store::{
    EventKind, EventWriter, FailureClass, Metrics, Outcome, Reach, RunFolder, RunResult, Score,
    StoreError,
};

/// What a run does; steps count from 1.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Behaviour {
    /// Tells runs apart that do the same.
    name: u64,
    steps: u64,
    /// Steps between checkpoints.
    every: u64,
    /// Milliseconds of sleep in every step.
    sleep: f64,
    /// Milliseconds of computation in every step.
    compute: f64,
    /// Milliseconds that a process that was asked to stop has left.
    grace: u64,
    /// What goes wrong.
    fault: Option<Fault>,
    /// Step at which it goes wrong.
    at: u64,
    /// In how many attempts.
    times: u32,
    /// Stop by itself after this step, with the state saved.
    until: u64,
    /// Its validation loss at every checkpoint; changes with the steps if it is not given.
    score: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Fault {
    Panic,
    Abort,
    Crash,
    /// An exit code without a word.
    Exit,
    /// SIGKILL, after the half of an event.
    Kill,
    /// Never comes back, and does not stop when asked to.
    Hang,
    /// Takes 8 MiB a millisecond.
    Devour,
    /// Asks for more memory than there is.
    Allocate,
    /// The loss is not finite.
    Diverge,
    /// A failure that it can explain.
    BadData,
    /// Ends with success, and without a result.
    Nothing,
}

impl Default for Behaviour {
    fn default() -> Self {
        let fault = None;
        let (name, steps, every, grace) = (0, 20, 5, 5000);
        let (sleep, compute, at, times, until) = (0.0, 0.0, 0, u32::MAX, u64::MAX);
        let score = None;
        Self { name, steps, every, sleep, compute, grace, fault, at, times, until, score }
    }
}

/// The state of a run, which its result is computed from.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct State {
    step: u64,
    value: u64,
}

impl State {
    fn advance(&mut self) {
        self.step += 1;
        self.value = (self.value ^ self.step).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
    }
}

pub fn run(folder: &Path, reach: &[&str]) -> ExitCode {
    let folder = RunFolder::new(folder);
    let reach = match *reach {
        [] => Reach::End,
        ["up-to", step] => Reach::UpTo(step.parse().expect("a step")),
        ["stopped-at", step] => Reach::StoppedAt(step.parse().expect("a step")),
        _ => panic!("no reach: {reach:?}"),
    };
    match train(&folder, reach) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) | Err(StoreError::Locked { .. }) => ExitCode::from(BUSY),
        Err(error) => {
            eprintln!("{error}");
            match folder.record_failure(FailureClass::Folder, &error.to_string()) {
                Ok(()) => ExitCode::FAILURE,
                Err(_) => ExitCode::from(UNWRITABLE),
            }
        }
    }
}

/// `false` if another process has done the run.
fn train(folder: &RunFolder, reach: Reach) -> Result<bool, StoreError> {
    let _lock = folder.lock()?;
    if folder.result()?.is_some() || reach.is_waited_at(folder)? {
        return Ok(false);
    }
    let config = folder.config()?;
    let options = serde_json::to_value(&config.train).expect("options are plain data");
    let behaviour: Behaviour = serde_json::from_value(options).expect("a behaviour");
    let is_asked = Arc::new(AtomicBool::new(false));
    let asked = is_asked.clone();
    on_stop(Duration::from_millis(behaviour.grace), move || asked.store(true, Ordering::SeqCst))
        .expect("signals");

    let checkpoint = folder.checkpoint_path().join("state.json");
    let mut state = std::fs::read(&checkpoint).map_or_else(
        |_| State { step: 0, value: behaviour.name },
        |bytes| serde_json::from_slice(&bytes).expect("a whole checkpoint"),
    );
    let save = |state: &State| {
        store::write_atomically(&checkpoint, &serde_json::to_vec(state).expect("plain data"))
    };
    let _binding = bind(folder);
    let mut events = folder.event_writer()?;
    let steps = behaviour.steps;
    events.append(EventKind::Started { step: state.step, steps, parameters: 7 })?;
    let fault = behaviour.fault.filter(|_| events.attempt() <= behaviour.times);
    while state.step < steps {
        match reach {
            Reach::UpTo(step) if state.step >= step => {
                save(&state)?;
                events.append(EventKind::Stopped { step: state.step })?;
                return Ok(true);
            }
            Reach::StoppedAt(step) if state.step >= step => {
                save(&state)?;
                let outcome = Outcome::StoppedAtRung { step: state.step };
                finish(folder, &mut events, &state, outcome)?;
                return Ok(true);
            }
            _ => {}
        }
        state.advance();
        work(&behaviour);
        if state.step == behaviour.at
            && let Some(fault) = fault
        {
            if fault == Fault::Diverge {
                let outcome = Outcome::Diverged { step: state.step };
                finish(folder, &mut events, &state, outcome)?;
                return Ok(true);
            }
            if fault == Fault::BadData {
                let (class, message) = (FailureClass::BadData, "row 3 is empty".into());
                events.append(EventKind::Failed { class, message })?;
                std::process::exit(1);
            }
            go_wrong(fault, folder);
        }
        if state.step.is_multiple_of(behaviour.every) {
            let loss = behaviour.score.unwrap_or(state.value as f64);
            events.append(EventKind::Evaluated {
                epoch: state.step / behaviour.every,
                step: state.step,
                training: Metrics::new(),
                validation: [("loss".to_owned(), loss)].into(),
                train_seconds: 0.5,
            })?;
            save(&state)?;
            events.append(EventKind::Checkpointed { step: state.step })?;
        }
        if is_asked.load(Ordering::SeqCst) || state.step >= behaviour.until {
            save(&state)?;
            events.append(EventKind::Stopped { step: state.step })?;
            return Ok(true);
        }
    }
    finish(folder, &mut events, &state, Outcome::Completed)?;
    std::fs::remove_dir_all(folder.checkpoint_path()).ok();
    Ok(true)
}

/// Claims processors as it is told to, and writes which into `processors.json`.
fn bind(folder: &RunFolder) -> Option<Binding> {
    let claims = std::env::var_os("FAKE_CLAIMS")?;
    let threads = std::env::var("FAKE_THREADS").ok()?.parse().expect("a number");
    let binding = Binding::claim_in(Path::new(&claims), threads);
    let numbers = binding.as_ref().map_or(&[][..], Binding::processors);
    let text = serde_json::to_vec(&numbers).expect("numbers");
    store::write_atomically(&folder.path().join("processors.json"), &text).expect("written");
    binding
}

fn work(behaviour: &Behaviour) {
    if behaviour.sleep > 0.0 {
        std::thread::sleep(Duration::from_secs_f64(behaviour.sleep / 1e3));
    }
    let started = Instant::now();
    while started.elapsed().as_secs_f64() < behaviour.compute / 1e3 {
        std::hint::spin_loop();
    }
}

fn finish(
    folder: &RunFolder,
    events: &mut EventWriter,
    state: &State,
    outcome: Outcome,
) -> Result<(), StoreError> {
    let score = [("loss".to_owned(), state.value as f64)];
    let last = Score {
        epoch: 1,
        step: state.step,
        validation: score.clone().into(),
        test: score.into(),
        parts: std::collections::BTreeMap::new(),
    };
    events.append(EventKind::Finished { outcome })?;
    let result = serde_json::json!({
        "format": RunResult::FORMAT, "identity": folder.config()?.identity(), "seed": 0,
        "outcome": outcome, "best": null, "last": last, "parameters": 7, "steps": state.step,
        "train_seconds": 0.5, "total_seconds": 0.5,
    });
    folder.write_result(&serde_json::from_value(result).expect("a result"))
}

fn go_wrong(fault: Fault, folder: &RunFolder) {
    println!("now: {fault:?}");
    let raise = |signal| signal_hook::low_level::raise(signal).expect("a signal");
    match fault {
        Fault::Panic => {
            let nothing: Vec<u8> = Vec::new();
            std::hint::black_box(nothing[folder.path().as_os_str().len()]);
        }
        Fault::Abort => std::process::abort(),
        Fault::Crash => raise(SIGILL),
        Fault::Exit => std::process::exit(9),
        Fault::Kill => {
            let mut events = std::fs::OpenOptions::new()
                .append(true)
                .open(folder.events_path())
                .expect("events");
            events.write_all(b"{\"attempt\":1,\"ti").expect("half an event");
            raise(SIGKILL);
        }
        Fault::Hang => loop {
            std::thread::sleep(Duration::from_secs(1));
        },
        Fault::Devour => {
            let mut held = Vec::new();
            loop {
                held.push(std::hint::black_box(vec![1_u8; 8 << 20]));
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Fault::Allocate => drop(std::hint::black_box(Vec::<u8>::with_capacity(1 << 60))),
        Fault::Nothing => std::process::exit(0),
        Fault::Diverge | Fault::BadData => {}
    }
}
