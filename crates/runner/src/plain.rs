//! Plain progress: one line a change of state, and a heartbeat.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use store::Outcome;

use crate::scheduler::{Notice, Observer};
use crate::sweep::PlannedRun;

/// Longest time without a line.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Says on standard error what happens.
pub struct PlainProgress {
    total: usize,
    ended: usize,
    running: usize,
    started: Instant,
    last: Instant,
    silent: Arc<AtomicBool>,
}

impl PlainProgress {
    /// For `total` runs; prints nothing while `silent` is set.
    pub fn new(total: usize, silent: Arc<AtomicBool>) -> Self {
        let now = Instant::now();
        Self { total, ended: 0, running: 0, started: now, last: now, silent }
    }

    fn say(&mut self, line: &str) {
        if !self.silent.load(Ordering::SeqCst) {
            anstream::eprintln!("[{}/{}] {line}{}", self.ended, self.total, self.left());
        }
        self.last = Instant::now();
    }

    /// The time that the rest will take, once something has ended.
    fn left(&self) -> String {
        if self.ended == 0 || self.ended == self.total {
            return String::new();
        }
        let each = self.started.elapsed().as_secs_f64() / self.ended as f64;
        let seconds = each * (self.total - self.ended) as f64;
        if seconds < 90.0 {
            format!(", about {seconds:.0} s left")
        } else {
            format!(", about {:.0} min left", seconds / 60.0)
        }
    }
}

impl Observer for PlainProgress {
    fn notice(&mut self, run: &PlannedRun, notice: &Notice) {
        let (word, more) = match notice {
            Notice::Started => ("started", String::new()),
            Notice::Finished(Outcome::Completed) => ("finished", String::new()),
            Notice::Finished(Outcome::Diverged { step }) => {
                ("diverged", format!(" at step {step}"))
            }
            Notice::Stopped => ("stopped", ", state saved".into()),
            Notice::Failed { class, message } => ("failed", format!(" ({class}): {message}")),
        };
        if *notice == Notice::Started {
            self.running += 1;
        } else {
            self.running -= 1;
            self.ended += 1;
        }
        self.say(&format!("{word:<8} {}{more}", run.label));
    }

    fn tick(&mut self) {
        if self.last.elapsed() >= HEARTBEAT {
            self.say(&format!("{} running", self.running));
        }
    }
}
