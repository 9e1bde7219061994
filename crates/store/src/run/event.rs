//! What happened in a run, one line of `events.jsonl` each.

use serde::{Deserialize, Serialize};

use crate::run::reading::Reading;
use crate::run::result::{Metrics, Outcome, ReadAt};

/// One line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// From 1; a resumed run counts on. Readers keep, for each step, the last attempt's.
    pub attempt: u32,
    /// Seconds since the Unix epoch.
    pub time: f64,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum EventKind {
    /// The worker holds the lock and has built task and model.
    Started {
        /// Optimizer steps already taken (not 0 when resumed).
        step: u64,
        /// Optimizer steps planned in all.
        steps: u64,
        /// Trainable parameters.
        parameters: u64,
    },
    /// A sign of life between evaluations, at most about twice a second.
    Progress {
        /// Optimizer steps taken.
        step: u64,
        /// Training loss of the last batch.
        loss: f64,
        /// Recent speed.
        steps_per_second: f64,
    },
    /// An epoch ended.
    Evaluated {
        /// From 1.
        epoch: u64,
        /// Optimizer steps taken.
        step: u64,
        /// Mean over the epoch's training batches.
        training: Metrics,
        /// Over the whole validation split.
        validation: Metrics,
        /// Seconds of training steps so far, all attempts together.
        train_seconds: f64,
    },
    /// It was looked inside the model; see [`Reading`].
    Probed {
        /// Optimizer steps taken.
        step: u64,
        /// What was seen.
        readings: Vec<Reading>,
    },
    /// A checkpoint was committed; a resumed run goes on from here.
    Checkpointed {
        /// Optimizer steps taken.
        step: u64,
    },
    /// The run stopped on request with its state saved.
    Stopped {
        /// Optimizer steps taken.
        step: u64,
    },
    /// Weights were scored on a held-out part beside validation and test.
    Scored {
        /// Optimizer steps taken when these weights were reached.
        step: u64,
        /// Which weights.
        weights: ReadAt,
        /// Name of the part.
        part: String,
        /// The scores.
        scores: Metrics,
    },
    /// `result.json` is about to be written.
    Finished {
        /// How it ended.
        outcome: Outcome,
    },
    /// Something that was to be read back is not as it was written; it was set aside.
    Damaged {
        /// The file or folder, from the run's folder.
        file: String,
        /// What shows it.
        reason: String,
        /// Where it is now, from the run's folder.
        to: String,
    },
    /// The result is not known.
    Failed {
        /// What kind of failure.
        class: FailureClass,
        /// One line for people.
        message: String,
    },
}

/// Why the result of a run is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailureClass {
    /// The worker panicked: a bug.
    Panicked,
    /// The worker was ended by a signal.
    Killed,
    /// It took more time than it was given.
    TimedOut,
    /// It took more memory than it was given or than there is.
    OutOfMemory,
    /// The run's data could not be read.
    BadData,
    /// The run's folder could not be read or written.
    Folder,
    /// The backend has no device here, or failed.
    Device,
    /// What it had computed is not as it was written.
    Damaged,
}

impl std::fmt::Display for FailureClass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Panicked => "panicked",
            Self::Killed => "killed",
            Self::TimedOut => "timed out",
            Self::OutOfMemory => "out of memory",
            Self::BadData => "bad data",
            Self::Folder => "folder",
            Self::Device => "device",
            Self::Damaged => "damaged",
        })
    }
}
