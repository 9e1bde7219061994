//! The same file gives the same bits: with one job or two, one thread or two, interrupted or
//! not, on every backend of the processor.

use std::process::Stdio;
use std::time::Duration;

use store::EventKind;

use crate::Place;
use crate::trained::{self, Checkpoint};

/// Batches and splits that two threads share, and a split of more than one batch.
const SWEEP: &str = r#"
name = "bits"
seeds = 2
baseline = "lstm"

[model]
architecture = "lstm"
hidden = 16

[train]
steps = 90
evaluate_every = 15
batch = 24
learning_rate = 0.01

[[task]]
kind = "adding"
length = 18
validation_size = 270
test_size = 260

[[arm]]
name = "gru"
model.architecture = "gru"

[[arm]]
name = "bidirectional"
model.architecture = "bidirectional"

[[arm]]
name = "rnn-transformer"
model.architecture = "rnn_transformer"

[[arm]]
name = "cnn-rnn"
model.architecture = "cnn_rnn"
"#;

/// Runs the sweep, stopping it whenever a run has got further; gives the checkpoints that
/// were compared with runs that nothing happened to.
fn interrupted(place: &Place, backend: &str) -> usize {
    let sweep = place.path("interrupted/bits");
    let evaluated = || -> usize {
        let runs = trained::runs(&sweep);
        let of = |run: &store::RunFolder| run.events().unwrap();
        let events = runs.values().flat_map(of);
        events.filter(|event| matches!(event.kind, EventKind::Evaluated { .. })).count()
    };
    let mut compared = 0;
    for round in 0..12 {
        let threads = if round % 2 == 0 { "2" } else { "1" };
        let before = evaluated();
        let mut command = place.command(&["run", "sweep.toml", &format!("backend={backend}")]);
        command.args(["--results", "interrupted", "--checkpoint-every", "0.001s", "--jobs", "2"]);
        command.args(["--threads-per-run", threads]).stderr(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        while evaluated() < before + 3 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(2));
        }
        if child.try_wait().unwrap().is_none() {
            let id = child.id().to_string();
            std::process::Command::new("kill").args(["-TERM", &id]).status().unwrap();
        }
        let output = child.wait_with_output().unwrap();
        let code = output.status.code();
        assert!(matches!(code, Some(0 | 143)), "{output:?}");
        for (name, run) in trained::runs(&sweep) {
            let Some(checkpoint) = Checkpoint::of(&run) else { continue };
            let step = checkpoint.step();
            if step < 90 && compared < 6 {
                let seed = name.rsplit('-').next().unwrap().parse().unwrap();
                assert_eq!(checkpoint, Checkpoint::undisturbed(&run, seed, step), "{name}, {step}");
                compared += 1;
            }
        }
        if code == Some(0) {
            return compared;
        }
    }
    compared
}

#[test]
#[cfg(unix)]
fn jobs_threads_and_interruptions_change_no_bit() {
    let backends = if cfg!(feature = "ndarray") { vec!["flex", "ndarray"] } else { vec!["flex"] };
    for backend in backends {
        let place = Place::new();
        place.write("sweep.toml", SWEEP);
        let on = format!("backend={backend}");
        let run = |results: &str, number: &str| {
            let ended = place.run(&[
                "run",
                "sweep.toml",
                &on,
                "--results",
                results,
                "--jobs",
                number,
                "--threads-per-run",
                number,
            ]);
            assert_eq!(ended.code, 0, "{}", ended.stderr);
        };
        run("alone", "1");
        run("wide", "2");
        let compared = interrupted(&place, backend);
        assert!(compared >= 3, "only {compared} checkpoints");
        run("interrupted", "1");

        let sweeps = ["alone", "wide", "interrupted"].map(|name| place.path(name).join("bits"));
        let (results, curves) = (trained::results(&sweeps[0]), trained::curves(&sweeps[0]));
        assert_eq!(results.len(), 10);
        for sweep in &sweeps[1..] {
            assert_eq!(trained::results(sweep), results, "{backend}: {sweep:?}");
            assert_eq!(trained::curves(sweep), curves, "{backend}: {sweep:?}");
        }
        let resumed = trained::runs(&sweeps[2]).into_values().filter(|run| {
            let events = run.events().unwrap();
            events.iter().any(|it| matches!(it.kind, EventKind::Started { step, .. } if step > 0))
        });
        assert!(resumed.count() > 0, "nothing went on from a checkpoint");
    }
}
