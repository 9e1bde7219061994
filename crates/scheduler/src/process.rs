//! One worker process.

use std::fs::OpenOptions;
use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use store::{RunFolder, RunLock, StoreError};

use crate::{Limits, QueuedRun, memory};

/// How often memory is looked at, where it is limited.
const MEMORY_LOOK: Duration = Duration::from_millis(100);

/// A worker at its run.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) run: QueuedRun,
    child: Child,
    started: Instant,
    /// When it was asked to stop.
    asked: Option<Instant>,
    /// What this runner did to it first.
    pub(crate) cause: Option<Cause>,
    is_killed: bool,
    pub(crate) before: Before,
    /// Keeps other runners from the run.
    _claim: RunLock,
}

/// Why a worker was asked to stop or was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// The sweep stops.
    SweepStops,
    /// A user wants this run to stop.
    RunStops,
    /// There are to be fewer at work.
    MakesRoom,
    /// It took longer than this.
    TimedOut(Duration),
    /// It held more bytes than the limit.
    OverMemory {
        /// What it held.
        held: u64,
        /// What it may hold.
        limit: u64,
    },
}

/// How things stood when the worker was started, to tell what it did itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Before {
    /// Bytes of its log.
    pub(crate) log: u64,
    /// Bytes of its events.
    pub(crate) events: u64,
    /// Processes that the system had killed for want of memory.
    pub(crate) system_kills: Option<u64>,
}

/// Why a worker could not be started.
#[derive(Debug)]
pub(crate) enum StartError {
    /// The log could not be opened.
    Log(StoreError),
    /// The program could not be started.
    Program(io::Error),
}

impl Worker {
    /// Starts `command` for `run`, which this runner has by `claim`.
    pub(crate) fn start(
        run: &QueuedRun,
        mut command: Command,
        claim: RunLock,
    ) -> Result<Self, StartError> {
        let path = run.folder.log_path();
        let open = || {
            let log = OpenOptions::new().create(true).append(true).open(&path)?;
            let errors = log.try_clone()?;
            let length = log.metadata()?.len();
            io::Result::Ok((log, errors, length))
        };
        let (log, errors, log_length) = open()
            .map_err(|source| StartError::Log(StoreError::Write { path: path.clone(), source }))?;
        let before = Before {
            log: log_length,
            events: length_of_events(&run.folder),
            system_kills: memory::system_kills(),
        };
        command.stdin(Stdio::piped()).stdout(log).stderr(errors);
        // A Ctrl-C in the terminal then reaches the runner alone, which tells its workers.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().map_err(StartError::Program)?;
        Ok(Self {
            run: run.clone(),
            child,
            started: Instant::now(),
            asked: None,
            cause: None,
            is_killed: false,
            before,
            _claim: claim,
        })
    }

    /// Asks it to save and stop, by closing its standard input.
    pub(crate) fn ask_to_stop(&mut self, cause: Cause) {
        if self.asked.is_none() {
            self.asked = Some(Instant::now());
            self.cause.get_or_insert(cause);
            drop(self.child.stdin.take());
        }
    }

    /// Whether it was asked to stop.
    pub(crate) fn is_asked_to_stop(&self) -> bool {
        self.asked.is_some()
    }

    /// When it was started.
    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Ends it at once.
    pub(crate) fn kill(&mut self, cause: Cause) {
        if !self.is_killed {
            self.is_killed = true;
            self.cause.get_or_insert(cause);
            // A worker that has ended by itself cannot be killed, and need not be.
            self.child.kill().ok();
        }
    }

    /// Holds it to `limits`.
    pub(crate) fn hold_to(&mut self, limits: &Limits) {
        if let Some(timeout) = limits.timeout
            && self.started.elapsed() >= timeout
        {
            self.ask_to_stop(Cause::TimedOut(timeout));
        }
        if self.asked.is_some_and(|asked| asked.elapsed() >= limits.grace) {
            self.kill(Cause::SweepStops);
        }
        if let Some(limit) = limits.memory
            && let Some(held) = memory::held_by(self.child.id())
            && held > limit
        {
            self.kill(Cause::OverMemory { held, limit });
        }
    }

    /// How long it can be left alone.
    pub(crate) fn next_look(&self, limits: &Limits) -> Duration {
        if self.is_killed {
            return Duration::MAX;
        }
        let left = |since: Instant, time: Duration| time.saturating_sub(since.elapsed());
        let until_asked = match (limits.timeout, self.asked) {
            (Some(timeout), None) => left(self.started, timeout),
            _ => Duration::MAX,
        };
        let until_killed = self.asked.map_or(Duration::MAX, |asked| left(asked, limits.grace));
        let memory = limits.memory.map_or(Duration::MAX, |_| MEMORY_LOOK);
        until_asked.min(until_killed).min(memory)
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<io::Result<ExitStatus>> {
        self.child.try_wait().transpose()
    }
}

/// Bytes of a run's events; 0 where there are none.
pub(crate) fn length_of_events(folder: &RunFolder) -> u64 {
    std::fs::metadata(folder.events_path()).map_or(0, |file| file.len())
}
