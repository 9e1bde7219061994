//! A command of the user's that gets every event as a line of JSON.
//!
//! Lines go through a queue of bounded length to a thread that writes them to the command's standard
//! input. Whatever the command does, the follower waits for it a second at most.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use store::{Event, SweepFolder};

use crate::error::unwritten;
use crate::{Run, Tracker, TrackerError};

/// Lines that wait for the command.
const QUEUE: usize = 4096;
/// How long a full queue is waited for between two looks at the folder before lines are dropped.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long the command may take to end once it has got everything.
const END: Duration = Duration::from_secs(5);

/// Gives every event to a command, run by `sh -c`, as one JSON object a line on its standard input.
/// What the command prints goes to `DIR/on-event.log`.
#[derive(Debug)]
pub struct Hook {
    command: String,
    log: PathBuf,
    queue: usize,
    end: Duration,
    feeding: Option<Feeding>,
    /// Whether it was started: it never is again.
    is_started: bool,
    /// How long was waited since the last look.
    waited: Duration,
    /// Lines that were dropped.
    dropped: u64,
    is_told_slow: bool,
    notices: Vec<String>,
}

/// A command at work.
#[derive(Debug)]
struct Feeding {
    lines: SyncSender<String>,
    taken: Arc<AtomicU64>,
    sent: u64,
    ended: Receiver<Option<ExitStatus>>,
}

/// One line.
#[derive(Serialize)]
struct Line<'a> {
    experiment: &'a str,
    /// `ARM/TASK/seed-N`, of the names as they were given.
    run: &'a str,
    arm: &'a str,
    task: &'a str,
    seed: u64,
    folder: &'a str,
    event: &'a Event,
}

impl Hook {
    /// Its word.
    pub const NAME: &'static str = "on-event";

    /// For the events of a sweep; the command is started by the first one.
    pub fn new(sweep: &SweepFolder, command: impl Into<String>) -> Self {
        Self {
            command: command.into(),
            log: sweep.path().join("on-event.log"),
            queue: QUEUE,
            end: END,
            feeding: None,
            is_started: false,
            waited: Duration::ZERO,
            dropped: 0,
            is_told_slow: false,
            notices: Vec::new(),
        }
    }

    fn start(&mut self) -> Result<Feeding, TrackerError> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.map_err(unwritten(&self.log))?;
        let for_errors = log.try_clone().map_err(unwritten(&self.log))?;
        let mut command = Command::new("sh");
        command.args(["-c", &self.command]);
        command.stdin(Stdio::piped()).stdout(log).stderr(for_errors);
        // Ctrl-C in the terminal stops the runs; the command is to hear of that.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let failed = |source| TrackerError::Start { command: self.command.clone(), source };
        let child = command.spawn().map_err(failed)?;
        let (lines, to_write) = sync_channel(self.queue);
        let (has_ended, ended) = channel();
        let taken = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&taken);
        let feed = move || {
            // The follower may have given up on it.
            has_ended.send(feed(child, &to_write, &counter)).ok();
        };
        thread::Builder::new().name(Self::NAME.into()).spawn(feed).map_err(failed)?;
        Ok(Feeding { lines, taken, sent: 0, ended })
    }

    /// Puts a line into the queue, or drops it.
    fn send(&mut self, mut line: String) {
        let Some(feeding) = &mut self.feeding else { return };
        loop {
            match feeding.lines.try_send(line) {
                Ok(()) => {
                    feeding.sent += 1;
                    return;
                }
                Err(TrySendError::Disconnected(_)) => return self.note_end(),
                Err(TrySendError::Full(back)) if self.waited < PATIENCE => {
                    line = back;
                    let start = Instant::now();
                    thread::sleep(Duration::from_millis(2));
                    self.waited += start.elapsed();
                }
                Err(TrySendError::Full(_)) => {
                    self.dropped += 1;
                    return;
                }
            }
        }
    }

    /// The command takes no more: says how it ended and what it has not got.
    fn note_end(&mut self) {
        let Some(feeding) = self.feeding.take() else { return };
        let taken = feeding.taken.load(Ordering::Relaxed);
        let how = match feeding.ended.recv_timeout(self.end) {
            Ok(Some(status)) => format!("ended ({status})"),
            _ => "closed its standard input".into(),
        };
        self.notices.push(format!(
            "\"{}\" {how} after {}; the next `run` starts it again",
            self.command,
            plural(taken)
        ));
    }
}

fn plural(events: u64) -> String {
    if events == 1 { "1 event".into() } else { format!("{events} events") }
}

/// Writes lines until there are no more or nobody reads them, then waits for the command's end.
fn feed(mut child: Child, lines: &Receiver<String>, taken: &AtomicU64) -> Option<ExitStatus> {
    if let Some(mut input) = child.stdin.take() {
        for line in lines {
            if input.write_all(line.as_bytes()).is_err() {
                break;
            }
            taken.fetch_add(1, Ordering::Relaxed);
        }
    }
    child.wait().ok()
}

impl Tracker for Hook {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn run_began(&mut self, _run: &Run) -> Result<(), TrackerError> {
        Ok(())
    }

    fn run_resumed(&mut self, _run: &Run, _mark: u64) -> Result<bool, TrackerError> {
        Ok(true)
    }

    fn events(&mut self, run: &Run, events: &[Event]) -> Result<u64, TrackerError> {
        if !self.is_started && !events.is_empty() {
            self.is_started = true;
            match self.start() {
                Ok(feeding) => self.feeding = Some(feeding),
                Err(error) => self.notices.push(error.to_string()),
            }
        }
        let folder = run.folder.path();
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
        for event in events {
            let line = Line {
                experiment: &run.experiment,
                run: &run.label(),
                arm: &run.arm,
                task: &run.task,
                seed: run.seed,
                folder: &folder.to_string_lossy(),
                event,
            };
            if let Ok(line) = serde_json::to_string(&line) {
                self.send(line + "\n");
            }
        }
        Ok(0)
    }

    fn notices(&mut self) -> Vec<String> {
        self.waited = Duration::ZERO;
        if self.dropped > 0 && !self.is_told_slow {
            self.is_told_slow = true;
            let command = &self.command;
            self.notices.push(format!("\"{command}\" reads too slowly: events are dropped"));
        }
        std::mem::take(&mut self.notices)
    }

    fn finish(&mut self) {
        if self.dropped > 0 {
            let events = plural(self.dropped);
            self.notices.push(format!("\"{}\" did not get {events}", self.command));
        }
        let Some(feeding) = self.feeding.take() else { return };
        let Feeding { lines, taken, sent, ended } = feeding;
        drop(lines);
        match ended.recv_timeout(self.end) {
            Ok(Some(status)) if !status.success() => {
                self.notices.push(format!("\"{}\" ended ({status})", self.command));
            }
            Ok(_) => {}
            Err(_) => {
                let left = plural(sent.saturating_sub(taken.load(Ordering::Relaxed)));
                self.notices.push(format!(
                    "\"{}\" did not end within {} s and is left alone; it has not read {left}",
                    self.command,
                    self.end.as_secs()
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests;
