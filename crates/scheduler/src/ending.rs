//! What a worker's end means.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::ExitStatus;

use signal_hook::consts::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGKILL, SIGSEGV};
use store::{EventKind, FailureClass, Outcome, RunState, StoreError};

use crate::process::{Before, Cause, Worker, length_of_events};
use crate::{BUSY, UNWRITABLE, memory};

/// Lines of a log that are shown.
const LOG_LINES: usize = 10;
/// Bytes of a log that are read for them.
const LOG_BYTES: u64 = 16 * 1024;

/// What a worker's end means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ending {
    /// Its result is written.
    Finished(Outcome),
    /// Another process has the run.
    Busy,
    /// It did as it was asked, and saved its state or was killed.
    Stopped {
        /// Whether its state is saved.
        saved: bool,
    },
    /// As [`Ending::Stopped`], to go on as soon as there is room.
    MadeRoom {
        /// Whether its state is saved.
        saved: bool,
    },
    /// It stopped by itself with its state saved, after this many steps.
    ByItself(u64),
    /// Its result is not known.
    Failed(Failure),
}

/// A run without a result.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure {
    pub(crate) class: FailureClass,
    pub(crate) message: String,
    /// Whether it is the run's last event already.
    pub(crate) is_recorded: bool,
    /// The last lines of its log.
    pub(crate) log: Vec<String>,
}

/// Reads from the folder and the exit status of a worker what its end means.
///
/// # Errors
/// [`StoreError`] if the folder cannot be read.
pub(crate) fn ending(worker: &Worker, ended: io::Result<ExitStatus>) -> Result<Ending, StoreError> {
    let folder = &worker.run.folder;
    let log = last_lines(&folder.log_path(), worker.before.log);
    let fail = |class, message: String, is_recorded| {
        Ok(Ending::Failed(Failure { class, message, is_recorded, log: log.clone() }))
    };
    let status = match ended {
        Ok(status) => status,
        Err(error) => {
            return fail(FailureClass::Killed, format!("its process is lost: {error}"), false);
        }
    };
    if status.code() == Some(BUSY.into()) {
        return Ok(Ending::Busy);
    }
    let state = folder.state()?;
    if let RunState::Finished(outcome) = state {
        return Ok(Ending::Finished(outcome));
    }
    let stopped = match folder.last_event()?.map(|event| event.kind) {
        Some(EventKind::Stopped { step }) if status.success() => Some(step),
        _ => None,
    };
    let did_as_asked = status.success() || status.signal() == Some(SIGKILL);
    match worker.cause {
        Some(Cause::OverMemory { held, limit }) => {
            let (held, limit) = (memory::readable(held), memory::readable(limit));
            let message = format!("it held {held} of memory, the limit is {limit}");
            return fail(FailureClass::OutOfMemory, message, false);
        }
        Some(Cause::TimedOut(timeout)) if stopped.is_some() || status.signal() == Some(SIGKILL) => {
            let kept = match stopped {
                Some(step) => format!("its state after step {step} is saved"),
                None => "it did not stop when asked to and was killed".into(),
            };
            let message = format!("it took more than {timeout:?}; {kept}");
            return fail(FailureClass::TimedOut, message, false);
        }
        Some(Cause::SweepStops | Cause::RunStops) if did_as_asked => {
            return Ok(Ending::Stopped { saved: status.success() });
        }
        Some(Cause::MakesRoom) if did_as_asked => {
            return Ok(Ending::MadeRoom { saved: status.success() });
        }
        _ => {}
    }
    if status.success() {
        if let Some(step) = stopped {
            return Ok(Ending::ByItself(step));
        }
        let message = "it ended without a result and without saying why".into();
        return fail(FailureClass::Panicked, message, false);
    }
    if let RunState::Failed { class, message } = state
        && length_of_events(folder) > worker.before.events
        && status.code().is_some()
    {
        return fail(class, message, true);
    }
    let (class, message) = unexplained(status, worker.before, &log);
    fail(class, message, false)
}

/// Class and message of an end that the worker could not explain itself.
fn unexplained(status: ExitStatus, before: Before, log: &[String]) -> (FailureClass, String) {
    let words = last_words(log);
    let was_refused = |line: &&String| {
        line.starts_with("memory allocation of ") && line.ends_with(" bytes failed")
    };
    if let Some(line) = log.iter().rev().find(was_refused) {
        return (FailureClass::OutOfMemory, line.clone());
    }
    if status.code() == Some(UNWRITABLE.into()) {
        let words = words.unwrap_or_else(|| "its folder cannot be written".into());
        return (FailureClass::Folder, words);
    }
    match status.signal() {
        None => (FailureClass::Panicked, words.unwrap_or_else(|| status.to_string())),
        Some(SIGABRT | SIGBUS | SIGFPE | SIGILL | SIGSEGV) => {
            let words = words.map_or_else(String::new, |words| format!(": {words}"));
            (FailureClass::Panicked, format!("the worker crashed ({status}){words}"))
        }
        Some(SIGKILL) if memory::system_kills() > before.system_kills => {
            let message = "the system killed it, having run out of memory".into();
            (FailureClass::OutOfMemory, message)
        }
        Some(_) => (FailureClass::Killed, format!("the worker was ended: {status}")),
    }
}

/// The panic message in a log, or its last line.
fn last_words(log: &[String]) -> Option<String> {
    let panic = log.iter().rposition(|line| line.contains(" panicked at "));
    panic.and_then(|at| log.get(at + 1)).or(log.last()).cloned()
}

/// The last lines of a log that are not empty, from byte `from` on.
fn last_lines(path: &Path, from: u64) -> Vec<String> {
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(length.saturating_sub(LOG_BYTES))))?;
        let mut bytes = Vec::new();
        file.take(LOG_BYTES).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    // A log that cannot be read has no last lines.
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LOG_LINES)..].iter().map(|&line| line.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(status: i32, log: &[&str], system_kills: Option<u64>) -> (FailureClass, String) {
        let log: Vec<_> = log.iter().map(|&line| line.to_owned()).collect();
        let before = Before { log: 0, events: 0, system_kills };
        unexplained(ExitStatus::from_raw(status), before, &log)
    }

    #[test]
    fn an_unexplained_end_is_classed_by_signal_log_and_the_kills_of_the_system() {
        let now = memory::system_kills();
        assert_eq!(class(SIGKILL, &[], now).0, FailureClass::Killed);
        if let Some(now) = now.filter(|&now| now > 0) {
            assert_eq!(class(SIGKILL, &[], Some(now - 1)).0, FailureClass::OutOfMemory);
        }
        let refused = class(SIGABRT, &["a", "memory allocation of 64 bytes failed"], now);
        assert_eq!(
            refused,
            (FailureClass::OutOfMemory, "memory allocation of 64 bytes failed".into())
        );
        let panicked =
            class(101 << 8, &["thread 'main' panicked at a.rs:1:2:", "index", "note"], now);
        assert_eq!(panicked, (FailureClass::Panicked, "index".into()));
        let crashed = class(SIGSEGV, &["last"], now);
        assert_eq!(crashed.0, FailureClass::Panicked);
        assert!(crashed.1.contains("crashed (signal: 11") && crashed.1.ends_with(": last"));
        assert_eq!(class(1 << 8, &[], now), (FailureClass::Panicked, "exit status: 1".into()));
    }

    #[test]
    fn only_the_lines_of_this_attempt_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        assert!(last_lines(&path, 0).is_empty());
        std::fs::write(&path, b"old\n\nnew\xff\nlast").unwrap();
        assert_eq!(last_lines(&path, 4), ["new\u{fffd}", "last"]);
        std::fs::write(&path, "line\n".repeat(50_000)).unwrap();
        assert_eq!(last_lines(&path, 0), ["line"; LOG_LINES]);
    }
}
