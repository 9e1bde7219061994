//! Pretends to be the real program, in a millisecond: `worker FOLDER` trains one run, and
//! `run SWEEP SETTINGS` runs a sweep of such workers.
//!
//! What a run does is in the `train` options of its configuration, see [`worker`]; so runs
//! that behave differently have different identities.

mod runner;
mod sweep;
mod worker;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["worker", folder, ref reach @ ..] => worker::run(Path::new(folder), reach),
        ["run", sweep, settings] => runner::run(Path::new(sweep), settings),
        _ => {
            eprintln!("fake_trainer worker FOLDER [up-to|stopped-at STEP] | run SWEEP SETTINGS");
            ExitCode::from(2)
        }
    }
}
