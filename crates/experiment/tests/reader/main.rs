//! The reader of experiment files on texts that nobody would write: it answers every one,
//! soon, and within little memory. `fuzz/` looks for such texts by coverage.

mod extremes;
mod mutations;

#[path = "../experiment/catalogue.rs"]
#[expect(dead_code, reason = "the other tests use all of it")]
mod catalogue;

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// Longest time for one answer; nearly all take less than a millisecond, but machines are
/// busy.
const LONGEST: Duration = Duration::from_secs(20);

/// What is read: a file and the overrides of the command line.
type Input = (String, Vec<String>);

/// Reads every input in turn. An input that takes too long, or at which the reader panics,
/// is shown.
fn answers(inputs: impl IntoIterator<Item = Input>) {
    let (give, given) = channel::<Input>();
    let (answer, answered) = channel();
    let reader = std::thread::spawn(move || {
        for (text, overrides) in given {
            let overrides: Vec<_> = overrides.iter().map(String::as_str).collect();
            answer.send(read(&text, &overrides)).unwrap();
        }
    });
    for input in inputs {
        give.send(input.clone()).unwrap();
        match answered.recv_timeout(LONGEST) {
            Ok(is_accepted_or_explained) => assert!(is_accepted_or_explained, "{input:?}"),
            Err(RecvTimeoutError::Timeout) => panic!("no answer to {}", shown(&input)),
            Err(RecvTimeoutError::Disconnected) => panic!("a panic at {}", shown(&input)),
        }
    }
    drop(give);
    reader.join().unwrap();
    assert!(most_memory() < 1 << 30, "the reader held {} bytes", most_memory());
}

/// Whether the text gives a plan of a size that can be run, or is refused in words.
fn read(text: &str, overrides: &[&str]) -> bool {
    match catalogue::read(text, overrides) {
        Ok(experiment) => experiment.plan.runs().count() <= 1_000_000,
        Err(rejected) => {
            let text = rejected.render(false, 80);
            text.contains("experiments/gates.toml") && text.len() < 1 << 20
        }
    }
}

/// An input for a message: the start of it, where it is long.
fn shown((text, overrides): &Input) -> String {
    let start: String = text.chars().take(2000).collect();
    let overrides: Vec<String> =
        overrides.iter().map(|text| text.chars().take(200).collect()).collect();
    format!("{start:?} ({} bytes) with {overrides:?}", text.len())
}

/// Most bytes that this process held at once; 0 where the system does not say.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse().ok());
    number.map_or(0, |kibibytes: u64| kibibytes << 10)
}
