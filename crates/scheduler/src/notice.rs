//! What is told of runs while a sweep goes on.

use std::path::PathBuf;

use serde::Serialize;
use store::{Answer, Asked, FailureClass, Outcome};

use crate::QueuedRun;

/// A change of one run.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "notice", rename_all = "kebab-case")]
pub enum Notice {
    /// A worker was started.
    Started {
        /// Tries of this runner at this run, from 1.
        attempt: u32,
    },
    /// What other code or data had computed was moved away; the run begins anew.
    Replaced {
        /// Where it is now.
        to: PathBuf,
    },
    /// Its result is written.
    Finished {
        /// How it ended.
        outcome: Outcome,
        /// Whether another runner did it.
        elsewhere: bool,
    },
    /// It reached the step that it was to stop at, with its state saved.
    Paused,
    /// It stopped before its end.
    Stopped {
        /// Whether it saved its state; else it goes on from its last checkpoint.
        saved: bool,
    },
    /// It stopped to make room for others, and goes on when there is some.
    Waits {
        /// Whether it saved its state; else it goes on from its last checkpoint.
        saved: bool,
    },
    /// Its worker ended without a result and without having been asked to; it is tried again.
    Retried {
        /// What kind of end.
        class: FailureClass,
        /// One line for people.
        message: String,
    },
    /// Its result is not known.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// One line for people.
        message: String,
        /// The last lines of its log.
        log: Vec<String>,
        /// Whether another runner did it.
        elsewhere: bool,
    },
}

impl Notice {
    /// Whether this runner is done with the run.
    pub fn is_end(&self) -> bool {
        matches!(
            self,
            Self::Finished { .. } | Self::Paused | Self::Stopped { .. } | Self::Failed { .. }
        )
    }
}

/// Is told what happens to the runs.
pub trait Observer {
    /// A run changed.
    fn notice(&mut self, run: &QueuedRun, notice: &Notice);

    /// A user asked for something, and was answered.
    fn answered(&mut self, _asked: &Asked, _answer: &Answer) {}

    /// Time passed, about a second.
    fn tick(&mut self) {}
}

impl<A: Observer + ?Sized, B: Observer + ?Sized> Observer for (&mut A, &mut B) {
    fn notice(&mut self, run: &QueuedRun, notice: &Notice) {
        self.0.notice(run, notice);
        self.1.notice(run, notice);
    }

    fn answered(&mut self, asked: &Asked, answer: &Answer) {
        self.0.answered(asked, answer);
        self.1.answered(asked, answer);
    }

    fn tick(&mut self) {
        self.0.tick();
        self.1.tick();
    }
}

/// How many runs ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// With a result, those that another runner finished meanwhile included.
    pub finished: usize,
    /// Without.
    pub failed: usize,
    /// At the step that they were to stop at.
    pub paused: usize,
    /// Stopped or never started.
    pub left: usize,
}
