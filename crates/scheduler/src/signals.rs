//! Signals to the runner: requests to stop, workers that ended, a terminal that went away.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _};
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM, SIGUSR1};

/// Requests to stop that follow each other faster are one: `timeout` and job systems signal a
/// process and then its whole group, and no person presses Ctrl-C twice in so short a time.
const AT_ONCE: Duration = Duration::from_millis(200);

/// Hears signals, and lets the scheduler sleep until there is one.
///
/// The first SIGINT or SIGTERM asks to save and stop, the second to stop at once. SIGHUP, a
/// terminal that went away, turns what writes to the terminal to nothing, and the sweep goes
/// on. In a job of Slurm SIGHUP and SIGUSR1 announce the end of the job, as SIGTERM does.
#[derive(Debug, Clone)]
pub struct Signals {
    shared: Arc<(Mutex<Heard>, Condvar)>,
}

#[derive(Debug, Default)]
struct Heard {
    /// Grows with everything that is heard.
    changes: u64,
    interrupts: usize,
    terminations: usize,
    /// When the last request to stop that counts was heard.
    stopped: Option<Instant>,
    hung_up: bool,
    time_is_up: bool,
}

impl Heard {
    /// Whether a request to stop that is heard now counts.
    fn is_another_stop(&mut self) -> bool {
        let is_another = self.stopped.is_none_or(|before| before.elapsed() >= AT_ONCE);
        if is_another {
            self.stopped = Some(Instant::now());
        }
        is_another
    }
}

impl Signals {
    /// Starts to listen.
    ///
    /// # Errors
    /// If the system does not let a program handle these signals.
    pub fn listen() -> io::Result<Self> {
        let heard = Self { shared: Arc::default() };
        let in_slurm = std::env::var_os("SLURM_JOB_ID").is_some();
        let terminal = Terminal::now();
        let mut numbers = vec![SIGINT, SIGTERM, SIGHUP, SIGCHLD];
        if in_slurm {
            numbers.push(SIGUSR1);
        }
        let mut signals = signal_hook::iterator::Signals::new(numbers)?;
        let told = heard.clone();
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            let mut kept = None;
            for signal in signals.forever() {
                match signal {
                    SIGINT => told.interrupt(),
                    SIGCHLD => told.hear(|_| {}),
                    SIGHUP if !in_slurm => {
                        kept = kept.or_else(|| terminal.leave());
                        told.hear(|heard| heard.hung_up = true);
                    }
                    _ => told.hear(|heard| {
                        heard.time_is_up |= signal == SIGUSR1;
                        heard.terminations += usize::from(heard.is_another_stop());
                    }),
                }
            }
        })?;
        Ok(heard)
    }

    /// Counts a Ctrl-C, which the dashboard may have read as a key.
    pub fn interrupt(&self) {
        self.hear(|heard| heard.interrupts += usize::from(heard.is_another_stop()));
    }

    /// How often a stop was asked for.
    pub fn stops(&self) -> usize {
        let heard = self.heard();
        heard.interrupts + heard.terminations
    }

    /// Whether SIGTERM, or what means the same, was among the requests to stop.
    pub fn is_termination(&self) -> bool {
        self.heard().terminations > 0
    }

    /// Whether Slurm has announced, by SIGUSR1, that the time of the job is up.
    pub fn is_time_up(&self) -> bool {
        self.heard().time_is_up
    }

    /// Whether the terminal went away.
    pub fn is_hung_up(&self) -> bool {
        self.heard().hung_up
    }

    /// How much was heard so far, for [`Signals::wait`].
    pub(crate) fn changes(&self) -> u64 {
        self.heard().changes
    }

    /// Sleeps until more than `seen` was heard, at most for `time`.
    pub(crate) fn wait(&self, seen: u64, time: Duration) {
        let (_, changed) = &*self.shared;
        let nothing_new = |heard: &mut Heard| heard.changes == seen;
        drop(changed.wait_timeout_while(self.heard(), time, nothing_new));
    }

    fn hear(&self, change: impl FnOnce(&mut Heard)) {
        let mut heard = self.heard();
        heard.changes += 1;
        change(&mut heard);
        self.shared.1.notify_all();
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        // Numbers are whole whatever a panicking thread did.
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Which standard streams are a terminal. It has to be known before the terminal is gone.
#[derive(Debug, Clone, Copy)]
struct Terminal {
    stdin: bool,
    stdout: bool,
    stderr: bool,
}

impl Terminal {
    fn now() -> Self {
        Self {
            stdin: io::stdin().is_terminal(),
            stdout: io::stdout().is_terminal(),
            stderr: io::stderr().is_terminal(),
        }
    }

    /// Turns output to nothing, since printing to a terminal that is gone would panic, and
    /// input to a stream that never has any, since who reads keys may wait for more than
    /// an end. Returns what has to be kept for that.
    fn leave(self) -> Option<UnixStream> {
        // A stream that cannot be turned stays what it was.
        if let Ok(nothing) = OpenOptions::new().write(true).open("/dev/null") {
            if self.stdout {
                rustix::stdio::dup2_stdout(&nothing).ok();
            }
            if self.stderr {
                rustix::stdio::dup2_stderr(&nothing).ok();
            }
        }
        let (input, other) = UnixStream::pair().ok()?;
        input.set_nonblocking(true).ok()?;
        if self.stdin {
            rustix::stdio::dup2_stdin(&input).ok();
        }
        Some(other)
    }
}
