//! `device`: whether a backend has a device here, asked by `run` of a process of its own: what
//! drivers print to standard error on the way must not reach the user's terminal.

use std::process::{Command, Stdio};

use anyhow::Context as _;

use crate::exit::{Exit, Failure};

/// Opens the first device of a backend, or prints why there is none.
pub fn run(backend: &str) -> Exit {
    match training::device(backend) {
        Ok(_) => Exit::Done,
        Err(error) => {
            anstream::println!("{error}");
            Exit::Usage
        }
    }
}

/// Asks for a backend in a process of its own.
///
/// # Errors
/// [`Failure::Usage`] where it has no device or is not built, [`Failure::Internal`] if the
/// process cannot be started.
pub fn ask(backend: &str) -> Result<(), Failure> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(program);
    command.args(["device", backend]).stdin(Stdio::null());
    let answer = command.output().context("cannot ask for a backend's device")?;
    if answer.status.success() {
        return Ok(());
    }
    let words = String::from_utf8_lossy(&answer.stdout);
    match words.trim() {
        "" => {
            let log = String::from_utf8_lossy(&answer.stderr);
            let last = log.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
            let status = answer.status;
            Err(Failure::usage(format!("backend {backend} cannot be opened ({status}): {last}")))
        }
        words => Err(Failure::usage(words)),
    }
}
