//! Plain progress: one line a change of state, and a heartbeat.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use scheduler::{Notice, Observer, QueuedRun};
use store::{Answer, Asked, Outcome};

use crate::output::say;

/// Longest time without a line.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Says on standard error what happens.
pub struct PlainProgress {
    total: usize,
    ended: HashSet<usize>,
    running: HashSet<usize>,
    /// Whether runs pause at rungs, so that their number says nothing of the time.
    in_phases: bool,
    started: Instant,
    last: Instant,
    silent: Arc<AtomicBool>,
}

impl PlainProgress {
    /// For `total` runs; prints nothing while `silent` is set.
    pub fn new(total: usize, silent: Arc<AtomicBool>) -> Self {
        let now = Instant::now();
        let (ended, running) = (HashSet::new(), HashSet::new());
        Self { total, ended, running, in_phases: false, started: now, last: now, silent }
    }

    fn say(&mut self, line: &str) {
        if !self.silent.load(Ordering::SeqCst) {
            let (ended, left) = (self.ended.len(), self.left());
            say::note(format_args!("[{ended}/{}] {line}{left}", self.total));
        }
        self.last = Instant::now();
    }

    /// The time that the rest will take, once something has ended.
    fn left(&self) -> String {
        let ended = self.ended.len();
        if ended == 0 || ended == self.total || self.in_phases {
            return String::new();
        }
        let each = self.started.elapsed().as_secs_f64() / ended as f64;
        let seconds = each * (self.total - ended) as f64;
        if seconds < 90.0 {
            format!(", about {seconds:.0} s left")
        } else {
            format!(", about {:.0} min left", seconds / 60.0)
        }
    }
}

impl Observer for PlainProgress {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        let (word, more) = words(notice);
        if matches!(notice, Notice::Started { .. }) {
            self.running.insert(run.index);
            // It goes on from a rung.
            self.ended.remove(&run.index);
        } else {
            self.running.remove(&run.index);
        }
        if notice.is_end() {
            self.ended.insert(run.index);
            self.total = self.total.max(self.ended.len());
        }
        self.in_phases |= matches!(notice, Notice::Paused);
        self.say(&format!("{word:<8} {}{more}", run.label));
        if let Notice::Failed { log, .. } = notice
            && !self.silent.load(Ordering::SeqCst)
        {
            for line in log {
                say::note(format_args!("    {line}"));
            }
        }
    }

    fn answered(&mut self, asked: &Asked, answer: &Answer) {
        let did = if answer.done { "asked" } else { "refused" };
        let Asked { by, .. } = asked;
        self.say(&format!("{did:<8} by {by}: {}", answer.says));
    }

    fn tick(&mut self) {
        if self.last.elapsed() >= HEARTBEAT {
            self.say(&format!("{} running", self.running.len()));
        }
    }
}

/// One word for a change, and what is to be added behind the run's name.
fn words(notice: &Notice) -> (&'static str, String) {
    let by = |elsewhere: bool| if elsewhere { ", by another runner" } else { "" };
    match notice {
        Notice::Started { attempt: 1 } => ("started", String::new()),
        Notice::Started { attempt } => ("started", format!(", attempt {attempt}")),
        Notice::Replaced { to } => ("replaced", format!(": its old files are in {}", to.display())),
        Notice::Finished { outcome, elsewhere } => {
            let by = by(*elsewhere);
            match outcome {
                Outcome::Completed => ("finished", by.to_owned()),
                Outcome::StoppedEarly { step } => {
                    ("finished", format!(" early, at step {step}{by}"))
                }
                Outcome::StoppedAtRung { step } => {
                    ("stopped", format!(" at the rung of step {step}{by}"))
                }
                Outcome::Diverged { step } => ("diverged", format!(" at step {step}{by}")),
            }
        }
        Notice::Waits { saved: true } => ("waits", ", state saved".into()),
        Notice::Waits { saved: false } => ("waits", "; it goes on from its last checkpoint".into()),
        Notice::Paused => ("paused", " at its rung".into()),
        Notice::Stopped { saved: true } => ("stopped", ", state saved".into()),
        Notice::Stopped { saved: false } => {
            ("killed", "; it goes on from its last checkpoint".into())
        }
        Notice::Retried { class, message } => ("again", format!(" ({class}): {message}")),
        Notice::Failed { class, message, elsewhere, .. } => {
            ("failed", format!(" ({class}){}: {message}", by(*elsewhere)))
        }
    }
}
