//! Errors of a training run.

use std::path::PathBuf;

use architectures::ArchitectureError;
use store::{FailureClass, StoreError};
use tasks::TaskError;

/// Errors of a training run. None of them is a diverged loss, which is a result.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// No such backend.
    #[error("there is no backend \"{name}\"")]
    UnknownBackend {
        /// The name.
        name: String,
    },
    /// The backend has no device on this machine.
    #[error("backend {backend} finds no device here: {reason}")]
    NoDevice {
        /// The backend.
        backend: &'static str,
        /// What was looked for.
        reason: String,
    },
    /// The backend is not part of this build of the program.
    #[error(
        "backend {backend} is not in this build; build it in and run again: \
         cargo run -p runner --features {backend} -- run FILE"
    )]
    NotBuilt {
        /// The backend.
        backend: &'static str,
    },
    /// The options of `[train]` are not valid.
    #[error("the options of [train] are not valid: {0}")]
    Options(serde_json::Error),
    /// The task could not be built.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// The architecture could not be built.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// A file of weights that the model is to start from.
    #[error("the weights {file}: {reason}")]
    Weights {
        /// The file, as it was given.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The run folder could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A checkpoint could not be written.
    #[error("cannot write the checkpoint {path}: {reason}", path = path.display())]
    WriteCheckpoint {
        /// The folder of the checkpoint.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// burn-train ended the training with an error.
    #[error("training failed: {0}")]
    Learner(String),
}

impl TrainingError {
    /// How the failed run is classed.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::UnknownBackend { .. }
            | Self::NoDevice { .. }
            | Self::NotBuilt { .. }
            | Self::Learner(_) => FailureClass::Device,
            Self::Task(_) | Self::Weights { .. } => FailureClass::BadData,
            Self::Options(_) | Self::Architecture(_) => FailureClass::Panicked,
            Self::Store(_) | Self::WriteCheckpoint { .. } => FailureClass::Folder,
        }
    }
}
